/// TOML for Swift: the one place where C++ is spoken. A document is parsed once and read as a flat array of nodes.
///
/// Invariant: whatever the bytes are, parsing ends with nodes or with an error that has a place; nothing throws, nothing aborts.
/// Node 0 is the root table. The children of a node lie side by side, after their parent: a table's sorted by key, an array's in order.
/// All pointers belong to the document and hold until `ctoml_free`.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctoml_document ctoml_document;

typedef enum {
    CTOML_TABLE,
    CTOML_ARRAY,
    CTOML_STRING,
    CTOML_INTEGER,
    CTOML_FLOAT,
    CTOML_BOOLEAN,
    /// A date, a time or both; this project has no use for its value.
    CTOML_DATE,
} ctoml_kind;

/// Bytes that may hold zeros; always valid UTF-8.
typedef struct {
    const char *_Nullable start;
    size_t count;
} ctoml_bytes;

/// Both start at 1; 0 means that the document does not say. Columns count code points.
typedef struct {
    uint32_t line;
    uint32_t column;
} ctoml_place;

typedef struct {
    ctoml_kind kind;
    /// Where the value begins; of a table with a header, where the header does.
    ctoml_place place;
    /// Of a table's member; empty in an array and for the root.
    ctoml_bytes key;
    ctoml_place key_place;
    /// Of a string.
    ctoml_bytes text;
    int64_t integer;
    double number;
    bool boolean;
    /// Of a table or an array: its children are the nodes `first_child ..< first_child + child_count`.
    size_t first_child;
    size_t child_count;
} ctoml_node;

/// Limits that keep a hostile document from exhausting the stack; a config is far from each.
enum {
    CTOML_MAX_BYTES = 1 << 20,
    /// Tables in tables in arrays …; the schema needs 4.
    CTOML_MAX_DEPTH = 16,
    /// On all lines with more than `CTOML_FREE_DOTS` of them. Each dot of a dotted key is a level that the parser frees by
    /// recursion: under 1 KiB of stack each, measured without optimisation.
    CTOML_MAX_DOTS = 4096,
    /// A key goes no deeper than its line and the lines that it is nested in, one for each of the 16 levels of arrays, one for
    /// the table: so lines with few dots add at most 18 × 64 levels, however many they are. Numbers have a dot each.
    CTOML_FREE_DOTS = 64,
};

/// Parses `count` bytes. NULL only when memory is out. To be freed, also after an error.
ctoml_document *_Nullable ctoml_parse(const char *_Nullable bytes, size_t count);
void ctoml_free(ctoml_document *_Nullable document);

/// The first error of the text, or NULL if there is none. `*place` is set if there is one.
const char *_Nullable ctoml_error(const ctoml_document *_Nonnull document, ctoml_place *_Nonnull place);

/// The number of nodes: 0 after an error.
size_t ctoml_count(const ctoml_document *_Nonnull document);
/// The node at an index, or NULL beyond the last.
const ctoml_node *_Nullable ctoml_node_at(const ctoml_document *_Nonnull document, size_t index);

#ifdef __cplusplus
}
#endif
