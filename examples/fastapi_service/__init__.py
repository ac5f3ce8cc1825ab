"""A small web service over database_api: what the services around this layer look like.

It owns URLs and shapes of JSON.  It holds no SQL, and decides nothing that database_api decides.
"""
