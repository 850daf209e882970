"""The curated core graph that ships with the package: data, loader and packaged snapshot."""
