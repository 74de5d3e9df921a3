// People as tests name them.
#pragma once

#include <string>

#include "model/principal.h"

namespace sideband {

inline Principal person(const std::string& name) {
  return Principal::make(name, Principal::Kind::kPerson, "a test").value();
}

}  // namespace sideband
