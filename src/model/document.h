// A tree of data as JSON knows it: what documents of any format are compared as.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband {

// A plain value. Numbers keep their text, so that no digit is lost; 1, 1.0 and 1e0 are equal.
struct Document {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kList, kMap };

  Kind kind = Kind::kNull;
  bool truth = false;                       // of kBool
  std::string text;                         // of kNumber and kString
  std::vector<Document> items;              // of kList
  std::map<std::string, Document> members;  // of kMap

  static Document null() { return {}; }
  static Document boolean(bool truth);
  static Document number(std::string text);
  static Document string(std::string text);
  static Document list(std::vector<Document> items);
  static Document map(std::map<std::string, Document> members);
  // An empty value of that kind.
  static Document of(Kind kind);

  bool operator==(const Document& other) const;
};

inline constexpr std::size_t kMaxDocumentDepth = 64;

// Strict JSON (RFC 8259) in UTF-8: one value, with nothing but white space around it. Refuses NUL
// bytes, duplicate keys, nesting above kMaxDocumentDepth and numbers that no double can hold; the
// error names line and column. The only way to read JSON here, so that no two parts of the product
// ever read one text differently (tests/tidy/words.cpp).
Result<Document> parse_json(std::string_view text);

// JSON with sorted keys on one line; numbers as they were written.
std::string to_json(const Document& document);

// The same for all texts of one number: "-120e-2" and "-1.2" give "-12e-1". Texts that are no JSON
// number stay as they are.
std::string canonical_number(std::string_view text);

}  // namespace sideband
