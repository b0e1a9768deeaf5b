"""The static site: pages, a JSON API and assets, made from a published dataset and from nothing else.

`build.build` writes them. Each file of `pages/` makes one kind of page (`make(source)`), a template of site/templates
lays it out; what runs in the browser is in site/scripts and site/styles, bundled by `assets`.
"""
