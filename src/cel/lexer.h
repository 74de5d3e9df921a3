// The tokens of the rule language (cel-spec doc/langdef.md, "Syntax").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/value.h"

namespace sideband::cel {

// Longer sources are refused before they are read.
inline constexpr std::size_t kMaxSource = 32 * 1024;

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kName,        // also the reserved words, which the parser tells apart
    kQuotedName,  // `content-type`
    kLiteral,     // a number, a string, bytes
    kSymbol,      // an operator, a bracket, a comma
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  // as it stands in the source; a quoted name without its quotes
  std::size_t begin = 0;  // bytes of the source
  std::size_t end = 0;
  Value value = {};  // of a literal
};

// All tokens, the last of which is kEnd; they view `source`. kInvalid with line and column.
Result<std::vector<Token>> tokenize(std::string_view source);

// `false`, `null`, `true`, `in`: never a name. And the words that no variable may have, but a
// member may.
bool is_keyword(std::string_view word);
bool is_reserved(std::string_view word);

}  // namespace sideband::cel
