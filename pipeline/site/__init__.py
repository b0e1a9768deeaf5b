"""The static site: pages, a JSON API and assets, made from a published dataset alone.

`build.build` writes them. Each file of `pages/` makes one kind of page (`make(source)`), which a template of
site/templates lays out; the browser's code is in site/scripts and site/styles, bundled by `assets`.
"""
