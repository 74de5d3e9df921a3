// Texts as execve(2) wants them.
#pragma once

#include <string>
#include <vector>

namespace sideband {

// Into `texts`, which has to outlive them, with a null at the end.
inline std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace sideband
