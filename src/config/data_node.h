// A value in the text of a document with the bytes that it takes there: what an edit of that text
// needs to know. Plain values; the text is the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/node.h"

namespace sideband::config {

enum class DataKind : std::uint8_t { kScalar, kList, kMap, kAlias };

enum class DataStyle : std::uint8_t {
  kPlain,
  kSingleQuoted,
  kDoubleQuoted,
  kBlockText,  // a text behind | or >
  kBlock,      // a list or map by indentation
  kFlow,       // a list or map in brackets
};

struct DataNode {
  DataKind kind = DataKind::kScalar;
  DataStyle style = DataStyle::kPlain;
  Span span = {};
  // Bytes of the text, from its anchor and tag on to the end of what it holds, without the line
  // break and the comments behind it.
  std::size_t start = 0;
  std::size_t end = 0;
  std::size_t column = 0;   // of `start`, in characters from 0
  std::string anchor = {};  // & of the value, * of an alias
  std::string tag = {};     // as libyaml resolves it
  std::string text = {};    // of a scalar
  // Of a list its items; of a map each key, followed by its value.
  std::vector<DataNode> parts = {};

  [[nodiscard]] bool is_plain(const char* word) const {
    return kind == DataKind::kScalar && style == DataStyle::kPlain && tag.empty() && text == word;
  }
};

}  // namespace sideband::config
