#include "policy/projection.h"

namespace sideband {

Result<Projection> Projection::compile(const CollectionSettings& actual) {
  Projection out;
  if (!actual.value.empty()) {
    SB_ASSIGN(out.value_, Template::parse(actual.value));
  }
  for (const auto& [name, text] : actual.fields) {
    SB_ASSIGN(Template field, Template::parse(text));
    out.fields_.emplace(name, std::move(field));
  }
  return out;
}

State Projection::want(const State& desired) const {
  if (!desired.present() || identity()) return desired;
  if (desired.shape != Shape::kFields) return State::unknown("desired side has no columns");
  const auto columns = view_fields(desired.bytes);
  if (!columns.ok()) return State::unknown(columns.error().message);
  if (value_) {
    auto text = value_->render(*columns);
    return text.ok() ? State::of_bytes(std::move(*text)) : State::unknown(text.error().message);
  }
  Fields out;
  for (const auto& [name, field] : fields_) {
    auto text = field.render(*columns);
    if (text.ok()) out.emplace(name, std::move(*text));
  }
  return State::of_fields(out);
}

}  // namespace sideband
