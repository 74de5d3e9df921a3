// Other values in the text of a document, with everything else of the text as it is: comments, the
// order of keys, quotes, blank lines.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/document.h"

namespace sideband::config {

// `text` edited so that its documents become `wanted`: as many as it has, or more, which are
// appended. Keys and items are changed and added, never removed. The result is read again and
// compared; it says what is wanted, and has every comment of `text`. kInvalid with the place and
// the reason where that cannot be done, as where a value is shared by an anchor, and where `text`
// cannot be read. Pure.
Result<std::string> edit_yaml(const std::string& text, const std::vector<Document>& wanted);
// The same for one JSON document; white space stays too.
Result<std::string> edit_json(const std::string& text, const Document& wanted);

}  // namespace sideband::config
