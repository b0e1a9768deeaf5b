"""From checked tables to a published version: views, catalogue, datapackage; the manifest last."""
