CREATE VIRTUAL TABLE docs USING FTS5(
    Title,
    Body,
    tokenize = 'porter ascii'
);
