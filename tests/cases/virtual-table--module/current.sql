CREATE VIRTUAL TABLE docs USING rtree(id, low, high);
