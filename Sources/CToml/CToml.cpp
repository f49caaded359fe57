#include "CToml.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_MAX_NESTED_VALUES 16
#if __has_include(<toml++/toml.hpp>)
#include <toml++/toml.hpp>  // 3.4
#else
#include <toml++/toml.h>  // 3.3
#endif

#include <new>
#include <string>
#include <vector>

static_assert(TOML_MAX_NESTED_VALUES == CTOML_MAX_DEPTH, "one limit of depth, in two spellings");

struct ctoml_document {
    toml::table root;
    std::vector<ctoml_node> nodes;
    std::string error;
    ctoml_place error_place{0, 0};
};

namespace {

ctoml_place place_of(const toml::source_position &position) {
    return {position.line, position.column};
}

ctoml_bytes bytes_of(std::string_view text) {
    return {text.data(), text.size()};
}

void refuse(ctoml_document &document, ctoml_place place, std::string message) {
    document.nodes.clear();
    document.error = message.empty() ? "unreadable" : std::move(message);
    document.error_place = place;
}

ctoml_node read(const toml::node &node) {
    ctoml_node result{};
    result.place = place_of(node.source().begin);
    switch (node.type()) {
    case toml::node_type::table: result.kind = CTOML_TABLE; break;
    case toml::node_type::array: result.kind = CTOML_ARRAY; break;
    case toml::node_type::string:
        result.kind = CTOML_STRING;
        result.text = bytes_of(**node.as_string());
        break;
    case toml::node_type::integer:
        result.kind = CTOML_INTEGER;
        result.integer = **node.as_integer();
        break;
    case toml::node_type::floating_point:
        result.kind = CTOML_FLOAT;
        result.number = **node.as_floating_point();
        break;
    case toml::node_type::boolean:
        result.kind = CTOML_BOOLEAN;
        result.boolean = **node.as_boolean();
        break;
    default: result.kind = CTOML_DATE; break;
    }
    return result;
}

/// Level by level, so that the children of a node are neighbours and no depth of nesting needs the stack.
void flatten(ctoml_document &document) {
    std::vector<const toml::node *> sources{&document.root};
    std::vector<int> depths{0};
    document.nodes.push_back(read(document.root));
    for (size_t i = 0; i < document.nodes.size(); ++i) {
        const size_t first = document.nodes.size();
        auto append = [&](const toml::node &child) -> ctoml_node & {
            sources.push_back(&child);
            depths.push_back(depths[i] + 1);
            document.nodes.push_back(read(child));
            return document.nodes.back();
        };
        if (const toml::table *table = sources[i]->as_table()) {
            for (auto &&[key, child] : *table) {
                ctoml_node &node = append(child);
                node.key = bytes_of(key.str());
                node.key_place = place_of(key.source().begin);
            }
        } else if (const toml::array *array = sources[i]->as_array()) {
            for (auto &&child : *array) append(child);
        }
        document.nodes[i].first_child = first;
        document.nodes[i].child_count = document.nodes.size() - first;
        if (depths[i] > CTOML_MAX_DEPTH) {
            return refuse(document, document.nodes[i].place, "nested deeper than " + std::to_string(CTOML_MAX_DEPTH) + " levels");
        }
    }
}

/// The place of the dot one too many, or line 0.
ctoml_place dot_too_many(std::string_view text) {
    ctoml_place place{1, 1};
    int dots = 0;
    for (char c : text) {
        if (c == '.' && ++dots > CTOML_MAX_DOTS) return place;
        if (c == '\n') {
            ++place.line;
            place.column = 1;
        } else if ((c & 0xC0) != 0x80) {
            ++place.column;
        }
    }
    return {0, 0};
}

void parse(ctoml_document &document, std::string_view text) {
    if (text.size() > CTOML_MAX_BYTES) {
        return refuse(document, {1, 1}, "a config has at most " + std::to_string(CTOML_MAX_BYTES) + " bytes, got " + std::to_string(text.size()));
    }
    if (ctoml_place place = dot_too_many(text); place.line != 0) {
        return refuse(document, place, "a config has at most " + std::to_string(CTOML_MAX_DOTS) + " dots");
    }
    toml::parse_result result = toml::parse(text);
    if (!result) {
        return refuse(document, place_of(result.error().source().begin), std::string(result.error().description()));
    }
    document.root = std::move(result).table();
    flatten(document);
}

}  // namespace

extern "C" ctoml_document *ctoml_parse(const char *bytes, size_t count) {
    ctoml_document *document = nullptr;
    try {
        document = new ctoml_document;
        parse(*document, count == 0 ? std::string_view() : std::string_view(bytes, count));
    } catch (...) {  // Memory is out; an exception must not reach C.
        delete document;
        return nullptr;
    }
    return document;
}

extern "C" void ctoml_free(ctoml_document *document) {
    delete document;
}

extern "C" const char *ctoml_error(const ctoml_document *document, ctoml_place *place) {
    if (document->error.empty()) return nullptr;
    *place = document->error_place;
    return document->error.c_str();
}

extern "C" size_t ctoml_count(const ctoml_document *document) {
    return document->nodes.size();
}

extern "C" const ctoml_node *ctoml_node_at(const ctoml_document *document, size_t index) {
    return index < document->nodes.size() ? &document->nodes[index] : nullptr;
}
