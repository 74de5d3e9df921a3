#include "settings/playbook_fields.h"

#include <charconv>

#include "model/playbook.h"
#include "settings/envelope.h"
#include "settings/operation_row.h"

namespace sideband::policy {

using config::DriverFields;
using config::Field;
using config::Fields;
using config::FieldType;
using config::Node;
using config::NodeKind;
using config::Reading;
using config::TableOf;

namespace {

Result<std::int64_t> read_whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return Error::invalid("expected a whole number, like 100");
}

// A row of a member that may be left unset.
template <class T>
Field optional_whole(std::string key, std::optional<std::int64_t> T::*member, std::string doc) {
  Field field{.key = std::move(key), .type = FieldType::kNumber, .doc = std::move(doc)};
  field.read = [member](const Reading& reading) {
    const std::string* text = config::scalar_text(reading);
    if (text == nullptr) return;
    const auto value = read_whole(*text);
    if (!value.ok()) return config::report(reading, value.error());
    static_cast<T*>(reading.out)->*member = *value;
  };
  return field;
}

template <class T>
Field optional_text(std::string key, FieldType type, std::optional<std::string> T::*member,
                    std::string doc) {
  Field field{.key = std::move(key), .type = type, .doc = std::move(doc)};
  field.read = [member](const Reading& reading) {
    const std::string* text = config::scalar_text(reading);
    if (text != nullptr) static_cast<T*>(reading.out)->*member = *text;
  };
  return field;
}

TableOf<PlaybookInput> input_rows() {
  using I = PlaybookInput;
  return TableOf<I>()
      .one_of<InputType>("type", &I::type,
                         {{"string", InputType::kString},
                          {"integer", InputType::kInteger},
                          {"number", InputType::kNumber},
                          {"boolean", InputType::kBoolean}},
                         "What kind of value it is.")
      .text("title", &I::title, "What a form calls it.")
      .text("description", &I::description, "What it is for.")
      .text("pattern", &I::pattern,
            "A regular expression (RE2's syntax, at most 1000 bytes) that a string must match; "
            "anchor it by ^ and $.")
      .list("enum", &I::one_of, FieldType::kText, config::read_text, "The only values it may have.")
      .row(optional_text("default", FieldType::kText, &I::fallback,
                         "What stands when it is not given; without a default it must be."))
      .row(optional_whole("minimum", &I::minimum, "The smallest number."))
      .row(optional_whole("maximum", &I::maximum, "The largest number."))
      .row(optional_whole("minLength", &I::min_length, "The fewest characters of a string."))
      .row(optional_whole("maxLength", &I::max_length, "The most characters of a string."));
}

// A map with free keys whose values are inputs.
Field inputs_row() {
  const auto rows = config::share(input_rows().fields());
  Field one{.key = "*", .type = FieldType::kTable, .doc = "One input, by its name."};
  one.fields = rows;
  one.read = [rows](const Reading& r) {
    auto& input = static_cast<PlaybookSettings*>(r.out)->inputs[std::string(r.key)];
    decode(*rows, r.node, r.path, &input, r.messages);
  };
  const auto all = config::share({one});
  Field inputs{.key = "inputs",
               .type = FieldType::kTable,
               .doc = "What a run is given, by the words of JSON Schema. Used as {inputs.NAME}."};
  inputs.fields = all;
  inputs.read = [all](const Reading& r) { decode(*all, r.node, r.path, r.out, r.messages); };
  return inputs;
}

// The driver's table again, or the word none.
Field undo_row(const DriverFields* driver) {
  Field row{.key = "undo",
            .type = FieldType::kAny,
            .doc = "What takes it back, as in run; or none, where there is nothing to take back."};
  const Field options = operation_row("undo", driver, &PlaybookStep::undo, row.doc);
  row.read = [options](const Reading& r) {
    auto& step = *static_cast<PlaybookStep*>(r.out);
    const bool word = r.node.kind == NodeKind::kScalar && r.node.text == "none";
    step.undo_kind = word ? UndoKind::kNothing : UndoKind::kOptions;
    if (!word) options.read({options, r.node, r.path, r.messages, r.out, r.key});
  };
  return row;
}

void put_condition_rows(TableOf<ItemState>& rows, bool check) {
  using S = ItemState;
  const std::string value = check ? "equals" : "value";
  rows.row(optional_text(value, FieldType::kText, &S::value,
                         check ? "The whole value that it must have." : "Its new value."))
      .map("fields", &S::fields, FieldType::kText, config::read_text,
           check ? "Fields that it must have." : "Its new fields; others stay as they are.")
      .boolean("absent", &S::absent, check ? "It must not be there." : "It is deleted.");
  if (!check) return;
  rows.boolean("exists", &S::exists, "It must be there, whatever it holds.")
      .duration("within", &S::within, "How long it may take to become true.")
      .fallback("it must be true at once");
}

TableOf<ItemState> item_rows(const DriverFields* driver, bool check) {
  TableOf<ItemState> rows;
  rows.text("item", &ItemState::item, "The key of the item, as the collection counts them.")
      .required();
  put_condition_rows(rows, check);
  Field target{.key = "target",
               .type = FieldType::kName,
               .doc = "The target.",
               .required = true,
               .was = "on"};
  target.read = [](const Reading& r) {
    const std::string* text = config::scalar_text(r);
    if (text != nullptr) static_cast<ItemState*>(r.out)->collection.target = *text;
  };
  rows.row(std::move(target));
  if (driver == nullptr) return rows.row(unread_row("*", "Keys of the driver of that target."));
  const Fields& keys = check ? driver->desired : driver->actual;
  for (Field& field : config::option_rows(keys, [](void* out) -> DriverOptions& {
         return static_cast<ItemState*>(out)->collection.options;
       })) {
    rows.row(std::move(field));
  }
  return rows;
}

TableOf<ManualStep> manual_rows() {
  using M = ManualStep;
  return TableOf<M>()
      .text("instruction", &M::instruction, "What a person has to do.")
      .required()
      .boolean("evidence", &M::evidence, "Whether a confirmation needs a text that shows it.")
      .list("by", &M::by, FieldType::kText, config::read_text,
            "Groups or identities that may confirm.")
      .fallback("anybody")
      .or_single();
}

Result<std::string> read_retry_class(std::string_view text) {
  for (const char* word : {"unavailable", "timeout", "failed"}) {
    if (text == word) return std::string(text);
  }
  return Error::invalid("\"" + std::string(text) +
                        "\" is not known here; write one of unavailable, timeout, failed");
}

TableOf<StepRetry> step_retry_rows() {
  return retry_rows<StepRetry>()
      .list("errors", &StepRetry::errors, FieldType::kText, read_retry_class,
            "What is tried again: unavailable, timeout, or failed, where the target said no.")
      .was("on")
      .fallback("unavailable, timeout")
      .or_single();
}

void put_common_rows(TableOf<PlaybookStep>& rows) {
  using S = PlaybookStep;
  rows.name("name", &S::name, "Name of the step, unique in the playbook.")
      .required()
      .list("needs", &S::needs, FieldType::kName, config::read_name,
            "Steps that must be done before.")
      .or_single()
      .name("target", &S::target, "The target of run.")
      .was("on")
      .duration("timeout", &S::timeout, "The longest that one attempt may take.")
      .at_least(kMillisecond)
      .table("retry", &S::retry, step_retry_rows(), "What happens after a failed attempt.")
      .one_of<OnFailure>("onFailure", &S::on_failure,
                         {{"stop", OnFailure::kStop},
                          {"compensate", OnFailure::kCompensate},
                          {"continue", OnFailure::kContinue},
                          {"escalate", OnFailure::kEscalate}},
                         "What follows when it failed for good: leave it to a person, take back "
                         "what was done, go on without it, or decide to escalate.");
}

// `target` and `item`: drivers of the step's own target, and of the one under change or check.
Fields step_fields(const DriverFields* target, const DriverFields* item) {
  using S = PlaybookStep;
  TableOf<S> rows;
  put_common_rows(rows);
  rows.row(operation_row("run", target, &S::run, "What to do; the keys are the driver's."))
      .row(operation_row("look", target, &S::look,
                         "How to see whether run had its effect, when its answer was lost."))
      .row(undo_row(target))
      .table("change", &S::item, item_rows(item, false), "One item to set, where it is as found.")
      .table("check", &S::item, item_rows(item, true), "One item to look at.")
      .duration("wait", &S::wait, "Only time passes.")
      .fallback("")
      .at_least(kMillisecond)
      .table("manual", &S::manual, manual_rows(), "A person does it, and confirms.");
  Fields fields = rows.fields();
  // Their defaults would be put into steps of other kinds.
  for (Field& field : fields) {
    if (field.key == "change" || field.key == "check") field.absent = nullptr;
  }
  return fields;
}

const Node* text_below(const Node& node, std::initializer_list<const char*> keys) {
  const Node* at = &node;
  for (const char* key : keys) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at->kind == NodeKind::kScalar ? at : nullptr;
}

void read_step(const Reading& list, const Node& node, const std::string& path,
               const FindDriver& driver_of) {
  const auto driver_at = [&](std::initializer_list<const char*> keys) {
    const Node* target = text_below(node, keys);
    return target == nullptr ? nullptr : driver_of(target->text);
  };
  const DriverFields* item = driver_at({"change", "target"});
  if (item == nullptr) item = driver_at({"check", "target"});
  auto& step = static_cast<PlaybookSettings*>(list.out)->steps.emplace_back();
  decode(step_fields(driver_at({"target"}), item), node, path, &step, list.messages);
}

Field steps_row(const FindDriver& driver_of) {
  Field steps{.key = "steps",
              .type = FieldType::kList,
              .doc = "The steps. They run one after another, each after those that it needs.",
              .required = true,
              .item = FieldType::kTable,
              .fields = config::share(step_fields(nullptr, nullptr))};
  steps.read = [driver_of](const Reading& r) {
    std::size_t index = 0;
    for (const Node* node : config::list_items(r)) {
      read_step(r, *node, config::item_path(r, index++), driver_of);
    }
  };
  return steps;
}

// Present only where it is written: without it nobody has to approve.
Field approval_row() {
  const auto rows = config::share(approval_rows().fields());
  Field approval{.key = "approval",
                 .type = FieldType::kTable,
                 .doc = "Who has to approve a run beside the one who starts it."};
  approval.fields = rows;
  approval.read = [rows](const Reading& r) {
    auto& slot = static_cast<PlaybookSettings*>(r.out)->approval.emplace();
    decode(*rows, r.node, r.path, &slot, r.messages);
  };
  return approval;
}

}  // namespace

Fields playbook_fields(const FindDriver& driver_of) {
  using P = PlaybookSettings;
  const auto form = TableOf<P>()
                        .text("title", &P::form_title, "What people see of it.")
                        .text("help", &P::form_help, "What they should know before they start it.");
  const auto spec =
      TableOf<P>()
          .text("description", &P::description, "What it is for.")
          .date("reviewBy", &P::review_by, "The day from which it is stale: people are warned.")
          .one_of<Priority>("priority", &P::priority, priority_words(),
                            "Which of its owner's repairs go first: 16 high, 4 normal, 1 low.")
          .list("startableBy", &P::startable_by, FieldType::kText, config::read_text,
                "Groups or identities that may start it.")
          .fallback("nobody")
          .or_single()
          .row(inputs_row())
          .section("form", form, "How it is shown to people.")
          .row(approval_row())
          .duration("timeout", &P::timeout, "After it no further step is begun.")
          .at_least(kMillisecond)
          .row(steps_row(driver_of));
  return envelope("Playbook",
                  TableOf<P>()
                      .table("labels", &P::labels, label_rows(true), "Labels; four are required.")
                      .required(),
                  spec);
}

}  // namespace sideband::policy
