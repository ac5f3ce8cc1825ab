CREATE VIRTUAL TABLE docs USING rtree_i32(id, low, high);
