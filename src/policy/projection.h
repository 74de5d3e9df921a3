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
  // `columns`: all that desired items can have; empty = not known. kInvalid (for a person), with
  // the nearest name, where a placeholder is none of them.
  static Result<Projection> compile(const CollectionSettings& actual,
                                    const std::vector<std::string>& columns);

  // The state wanted at the actual side. A column that is NULL makes a `value` unknown and leaves a
  // field of `fields` out. Where the columns are not known, one that is missing may be misspelt:
  // then a field makes the state unknown too. An unknown desired state stays unknown.
  [[nodiscard]] State want(const State& desired) const;
  // From now on a state of more bytes is unknown: the actual side could not be read back.
  void limit(std::size_t max_size) { max_size_ = max_size; }
  // From now on what is wanted has these attributes, as State::attributes holds them.
  void declare(std::string attributes) { attributes_ = std::move(attributes); }
  // Whether want() returns what it is given, where that is not too large.
  [[nodiscard]] bool identity() const { return !value_ && fields_.empty() && attributes_.empty(); }

 private:
  [[nodiscard]] State projected(const State& desired) const;

  bool columns_known_ = false;
  std::size_t max_size_ = 0;  // 0 = no limit
  std::string attributes_;
  std::optional<Template> value_;
  std::map<std::string, Template> fields_;
};

}  // namespace sideband
