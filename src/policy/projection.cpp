#include "policy/projection.h"

#include <algorithm>

#include "base/near_word.h"

namespace sideband {
namespace {

Result<Template> parse(const std::string& place, const std::string& text,
                       const std::vector<std::string>& columns) {
  SB_ASSIGN(Template parsed, Template::parse(text));
  if (columns.empty()) return parsed;
  for (const std::string& name : parsed.placeholders()) {
    if (std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
    return Error{
        ErrorCode::kInvalid,
        place + ": the desired side has no column \"" + name + '"' + did_you_mean(name, columns),
        Retry::kPerson, Effect::kNone};
  }
  return parsed;
}

}  // namespace

Result<Projection> Projection::compile(const CollectionSettings& actual,
                                       const std::vector<std::string>& columns) {
  Projection out;
  out.columns_known_ = !columns.empty();
  if (!actual.value.empty()) {
    SB_ASSIGN(out.value_, parse("actual.value", actual.value, columns));
  }
  for (const auto& [name, text] : actual.fields) {
    SB_ASSIGN(Template field, parse("actual.fields." + name, text, columns));
    out.fields_.emplace(name, std::move(field));
  }
  return out;
}

State Projection::want(const State& desired) const {
  State state = projected(desired);
  if (state.present()) state.attributes = attributes_;
  if (max_size_ == 0 || state.bytes.size() <= max_size_) return state;
  return State::unknown(too_large(state.bytes.size(), max_size_) + " of the actual side");
}

State Projection::projected(const State& desired) const {
  if (!desired.present() || (!value_ && fields_.empty())) return desired;
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
    if (text.ok()) {
      out.emplace(name, std::move(*text));
    } else if (!columns_known_) {
      return State::unknown("field " + name + ": " + text.error().message);
    }
  }
  return State::of_fields(out);
}

}  // namespace sideband
