// What a desired item means for the actual side: its columns put into the actual side's shape.
#pragma once

#include <map>
#include <optional>

#include "model/settings.h"
#include "policy/template.h"

namespace sideband {

class Projection {
 public:
  // From actual.value or actual.fields; with neither, desired states are taken as they are.
  static Result<Projection> compile(const CollectionSettings& actual);

  // The state wanted at the actual side. A missing column makes a `value` unknown and leaves a
  // field of `fields` out; an unknown desired state stays unknown.
  [[nodiscard]] State want(const State& desired) const;
  // Whether want() returns what it is given.
  [[nodiscard]] bool identity() const { return !value_ && fields_.empty(); }

 private:
  std::optional<Template> value_;
  std::map<std::string, Template> fields_;
};

}  // namespace sideband
