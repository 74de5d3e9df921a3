// What moves a repair on from where it is, and what people can do about it.
#pragma once

#include <string>
#include <vector>

#include "model/document.h"

namespace sideband::cli {

// A command that can be pasted, and what it does.
struct Suggestion {
  std::string run;
  std::string what;
};

struct NextMove {
  std::string when;  // when it goes on, and by what
  std::vector<Suggestion> commands;
};

// By the state of a repair or run as the API shows it. Pure.
NextMove next_move(const Document& repair);

}  // namespace sideband::cli
