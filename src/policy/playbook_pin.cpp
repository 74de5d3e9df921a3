#include "policy/playbook_pin.h"

#include <charconv>

#include "base/jcs.h"
#include "model/document.h"

namespace sideband {
namespace {

// Both directions go through the same list of members (`members` below), so that neither can
// forget one.
class Writer {
 public:
  template <class T>
  void operator()(const char* key, const T& value) {
    out_.add_json(key, text(value));
  }
  [[nodiscard]] std::string json() const { return out_.text(); }

  static std::string text(const std::string& value) { return json_string(value); }
  static std::string text(bool value) { return value ? "true" : "false"; }
  static std::string text(std::int64_t value) { return std::to_string(value); }
  static std::string text(Duration value) { return std::to_string(value.count()); }
  static std::string text(WallTime value) { return std::to_string(to_us(value)); }
  static std::string text(double value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    return json_string(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  template <class T>
  static std::string text(const std::optional<T>& value) {
    return value ? text(*value) : "null";
  }
  template <class T>
  static std::string text(const std::vector<T>& list) {
    std::vector<std::string> items;
    for (const T& item : list) items.push_back(text(item));
    return json_array(items);
  }
  template <class T>
  static std::string text(const std::map<std::string, T>& map) {
    JsonObject out;
    for (const auto& [key, value] : map) out.add_json(key, text(value));
    return out.text();
  }
  template <class T>
  static std::string text(const T& value);

 private:
  JsonObject out_;
};

class Reader {
 public:
  explicit Reader(const Document& in) : in_(in) {}

  template <class T>
  void operator()(const char* key, T& value) {
    const auto found = in_.members.find(key);
    if (found == in_.members.end() || !read(found->second, value)) damaged_ = true;
  }
  [[nodiscard]] bool damaged() const { return damaged_; }

  static bool read(const Document& in, std::string& value) {
    value = in.text;
    return in.kind == Document::Kind::kString;
  }
  static bool read(const Document& in, bool& value) {
    value = in.truth;
    return in.kind == Document::Kind::kBool;
  }
  static bool read(const Document& in, std::int64_t& value) {
    const auto end = in.text.data() + in.text.size();
    return in.kind == Document::Kind::kNumber &&
           std::from_chars(in.text.data(), end, value).ptr == end;
  }
  static bool read(const Document& in, Duration& value) {
    std::int64_t count = 0;
    const bool good = read(in, count);
    value = Duration(count);
    return good;
  }
  static bool read(const Document& in, WallTime& value) {
    std::int64_t count = 0;
    const bool good = read(in, count);
    value = from_us(count);
    return good;
  }
  static bool read(const Document& in, double& value) {
    const auto end = in.text.data() + in.text.size();
    return in.kind == Document::Kind::kString &&
           std::from_chars(in.text.data(), end, value).ptr == end;
  }
  template <class T>
  static bool read(const Document& in, std::optional<T>& value) {
    if (in.kind == Document::Kind::kNull) return true;
    return read(in, value.emplace());
  }
  template <class T>
  static bool read(const Document& in, std::vector<T>& list) {
    list.clear();
    bool good = in.kind == Document::Kind::kList;
    for (const Document& item : in.items) good = read(item, list.emplace_back()) && good;
    return good;
  }
  template <class T>
  static bool read(const Document& in, std::map<std::string, T>& map) {
    map.clear();
    bool good = in.kind == Document::Kind::kMap;
    for (const auto& [key, item] : in.members) good = read(item, map[key]) && good;
    return good;
  }
  template <class T>
  static bool read(const Document& in, T& value);

 private:
  const Document& in_;
  bool damaged_ = false;
};

// Enumerators as numbers: the pin is read by the binary, its version covers what people wrote.
template <class Io, class Enum>
void choice(Io& io, const char* key, Enum& value) {
  auto number = static_cast<std::int64_t>(value);
  io(key, number);
  value = static_cast<std::remove_const_t<Enum>>(number);
}
template <class Enum>
void choice(Writer& io, const char* key, const Enum& value) {
  io(key, static_cast<std::int64_t>(value));
}

template <class Io, class T>
void members_of_input(Io& io, T& input) {
  choice(io, "type", input.type);
  io("title", input.title);
  io("description", input.description);
  io("pattern", input.pattern);
  io("enum", input.one_of);
  io("default", input.fallback);
  io("minimum", input.minimum);
  io("maximum", input.maximum);
  io("minLength", input.min_length);
  io("maxLength", input.max_length);
}

template <class Io, class T>
void members_of_item(Io& io, T& item) {
  io("target", item.collection.target);
  io("options", item.collection.options);
  io("item", item.item);
  io("value", item.value);
  io("fields", item.fields);
  io("absent", item.absent);
  io("exists", item.exists);
  io("within", item.within);
}

template <class Io, class T>
void members_of_step(Io& io, T& step) {
  io("name", step.name);
  io("needs", step.needs);
  choice(io, "kind", step.kind);
  io("target", step.target);
  io("run", step.run);
  io("look", step.look);
  choice(io, "undoKind", step.undo_kind);
  io("undo", step.undo);
  io("item", step.item);
  io("wait", step.wait);
  io("instruction", step.manual.instruction);
  io("evidence", step.manual.evidence);
  io("by", step.manual.by);
  io("timeout", step.timeout);
  io("retryLimit", step.retry.limit);
  io("retryInitial", step.retry.initial);
  io("retryFactor", step.retry.factor);
  io("retryMax", step.retry.max);
  io("retryErrors", step.retry.errors);
  choice(io, "onFailure", step.on_failure);
}

template <class Io, class T>
void members_of_approval(Io& io, T& approval) {
  io("reviewers", approval.reviewers);
  io("from", approval.from);
  io("expires", approval.expires);
}

template <class Io, class T>
void members_of_playbook(Io& io, T& playbook) {
  io("name", playbook.name);
  io("version", playbook.version);
  io("source", playbook.source);
  io("owner", playbook.labels.owner);
  io("environment", playbook.labels.environment);
  io("criticality", playbook.labels.criticality);
  io("repairType", playbook.labels.repair_type);
  io("labels", playbook.labels.other);
  io("description", playbook.description);
  io("reviewBy", playbook.review_by);
  io("startableBy", playbook.startable_by);
  io("inputs", playbook.inputs);
  io("approval", playbook.approval);
  io("timeout", playbook.timeout);
  io("steps", playbook.steps);
}

template <class Io, class T>
void members(Io& io, T& value) {
  using Plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Plain, PlaybookInput>) {
    members_of_input(io, value);
  } else if constexpr (std::is_same_v<Plain, ItemState>) {
    members_of_item(io, value);
  } else if constexpr (std::is_same_v<Plain, PlaybookStep>) {
    members_of_step(io, value);
  } else if constexpr (std::is_same_v<Plain, ApprovalSettings>) {
    members_of_approval(io, value);
  } else if constexpr (std::is_same_v<Plain, PlaybookSettings>) {
    members_of_playbook(io, value);
  } else {
    io("playbook", value.playbook);
    io("inputs", value.inputs);
  }
}

template <class T>
std::string Writer::text(const T& value) {
  Writer inner;
  members(inner, value);
  return inner.json();
}

template <class T>
bool Reader::read(const Document& in, T& value) {
  Reader inner(in);
  members(inner, value);
  return in.kind == Document::Kind::kMap && !inner.damaged();
}

// Enumerators beyond the last one would be undefined behaviour later.
bool in_range(const PlaybookRun& run) {
  for (const auto& [name, input] : run.playbook.inputs) {
    if (input.type > InputType::kBoolean) return false;
  }
  for (const PlaybookStep& step : run.playbook.steps) {
    if (step.kind > StepKind::kManual || step.on_failure > OnFailure::kEscalate ||
        step.undo_kind > UndoKind::kOptions) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string encode_run(const PlaybookRun& run) {
  return Writer::text(run);
}

Result<PlaybookRun> decode_run(std::string_view json) {
  SB_ASSIGN(const Document document, parse_json(json));
  PlaybookRun run;
  if (!Reader::read(document, run) || !in_range(run)) {
    return Error::corrupt("the playbook that a repair is pinned to is damaged");
  }
  return run;
}

Change change_of_run(const PlaybookRun& run) {
  return {run.playbook.name, ChangeOp::kCreate, State::absent(), State::of_bytes(encode_run(run))};
}

Result<PlaybookRun> run_of_chunk(std::string_view chunk) {
  SB_ASSIGN(const auto changes, decode_changes(chunk));
  if (changes.size() != 1) return Error::corrupt("a playbook's plan must have one change");
  return decode_run(changes.front().want.bytes);
}

}  // namespace sideband
