#include "settings/sides.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "policy/template.h"
#include "settings/copies.h"
#include "settings/overlaps.h"

namespace sideband::policy {
namespace {

using config::DriverFields;
using config::Field;
using config::FieldType;
using config::OptionFaults;
using config::Side;

// Whether the things that these options name have fields; else each is one value.
bool has_fields(const DriverFields& driver, const DriverOptions& options) {
  return driver.has_fields && driver.has_fields(options);
}

class SidesCheck {
 public:
  SidesCheck(const CheckContext& context, const ReconcilerSettings& reconciler,
             const DriverFields& desired, const DriverFields& actual)
      : context_(context),
        reconciler_(reconciler),
        desired_(desired),
        actual_(actual),
        columns_there_(has_fields(desired, reconciler.desired.options)),
        fields_wanted_(has_fields(actual, reconciler.actual.options)) {}

  void run() {
    check_options(desired_, reconciler_.desired, Side::kDesired);
    check_options(actual_, reconciler_.actual, Side::kActual);
    check_shape();
    check_columns();
    check_key();
    check_copies();
    check_lists();
    check_detect();
    check_fields();
  }

 private:
  void error(const std::string& path, std::string text) {
    context_.error(reconciler_, path, std::move(text));
  }

  void check_options(const DriverFields& driver, const CollectionSettings& side, Side role) {
    if (!driver.check_side) return;
    OptionFaults faults;
    driver.check_side(context_.settings.targets.at(side.target), side, role, faults);
    const std::string path = role == Side::kActual ? "spec.actual." : "spec.desired.";
    for (const auto& [key, text] : faults) error(path + key, text);
  }

  // Whether what is wanted can have the form of what is there.
  void check_shape() {
    const bool has_value = !reconciler_.actual.value.empty();
    const bool has_templates = !reconciler_.actual.fields.empty();
    if (has_value && has_templates) {
      error("spec.actual.fields",
            "cannot stand beside value: a thing has one value or several fields");
    } else if ((has_value || has_templates) && !columns_there_) {
      error(has_value ? "spec.actual.value" : "spec.actual.fields",
            fmt::format("there is nothing to fill in: an item of the desired side (driver \"{}\") "
                        "is one value without columns; {}",
                        desired_.name,
                        desired_.fields_by.empty() ? "leave this out, and it is taken as it is"
                                                   : "say " + desired_.fields_by +
                                                         " there, or leave this "
                                                         "out"));
    } else if (has_value && fields_wanted_) {
      error("spec.actual.value", fmt::format("a thing of driver \"{}\" has fields here{}; write "
                                             "fields: {{NAME: \"{{column}}\"}}",
                                             actual_.name, by_option(" by ")));
    } else if (has_templates && !fields_wanted_) {
      error("spec.actual.fields",
            fmt::format("a thing of driver \"{}\" is one value here; {}write value: \"{{column}}\"",
                        actual_.name,
                        actual_.fields_by.empty() ? "" : "say " + actual_.fields_by + ", or "));
    } else if (!has_value && !has_templates) {
      check_as_it_is();
    }
  }

  // Without a template the desired state is taken as it is.
  void check_as_it_is() {
    if (columns_there_ && !fields_wanted_) {
      error("spec.actual.value",
            fmt::format(
                "missing; the desired side has columns, and a thing of driver \"{}\" is one "
                "value here: write how it is made of them, like value: \"{{column}}\"{}",
                actual_.name, actual_.fields_by.empty() ? "" : ", or say " + actual_.fields_by));
    } else if (!columns_there_ && fields_wanted_) {
      error(
          "spec.actual",
          fmt::format("a thing of driver \"{}\" has fields here{}, and an item of the desired side "
                      "(driver \"{}\") is one value; choose two sides of the same kind",
                      actual_.name, by_option(" by "), desired_.name));
    }
  }

  // " by type: hash", where an option decides it.
  [[nodiscard]] std::string by_option(const std::string& before) const {
    return actual_.fields_by.empty() ? "" : before + actual_.fields_by;
  }

  // All columns of the desired side; empty where only its target knows them.
  [[nodiscard]] std::vector<std::string> known_columns() const {
    const DriverOptions& options = reconciler_.desired.options;
    const auto listed = options.find(desired_.columns);
    if (desired_.columns.empty() || listed == options.end()) return {};
    std::vector<std::string> columns = lines_of(listed->second);
    for (const std::string& key : key_columns()) columns.push_back(key);
    return columns;
  }

  void check_columns() {
    const std::vector<std::string> columns = known_columns();
    if (columns.empty()) return;
    check_placeholders("spec.actual.value", reconciler_.actual.value, columns);
    for (const auto& [name, text] : reconciler_.actual.fields) {
      check_placeholders("spec.actual.fields." + name, text, columns);
    }
  }

  void check_placeholders(const std::string& path, const std::string& text,
                          const std::vector<std::string>& columns) {
    const auto parsed = Template::parse(text);
    if (!parsed.ok()) return;
    for (const std::string& name : parsed->placeholders()) {
      if (std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
      const std::string hint = config::did_you_mean(name, columns);
      error(path, fmt::format(
                      "the desired side has no column \"{}\"{}", name,
                      hint.empty() ? fmt::format("; it has {}", fmt::join(columns, ", ")) : hint));
    }
  }

  // The columns of the desired side's key; empty where it has none.
  [[nodiscard]] std::vector<std::string> key_columns() const {
    if (desired_.key_column.empty()) return {};
    return lines_of(reconciler_.desired.options.at(desired_.key_column));
  }

  // The keys of both sides are of the same columns, whatever these are called.
  void check_key() {
    const std::vector<std::string> columns = key_columns();
    if (columns.empty()) return;
    check_key_templates(columns);
    if (actual_.key_column.empty()) return;
    const auto ours = lines_of(reconciler_.actual.options.at(actual_.key_column));
    if (ours.size() == columns.size()) return;
    error("spec.actual." + actual_.key_column,
          fmt::format("names {} (\"{}\"), and the key of the desired side has {} (\"{}\"); both "
                      "need as many, in the same order",
                      columns_text(ours.size()), fmt::join(ours, "\", \""), columns.size(),
                      fmt::join(columns, "\", \"")));
  }

  static std::string columns_text(std::size_t count) {
    return fmt::format("{} column{}", count, count == 1 ? "" : "s");
  }

  // Keys of the target are made of the desired side's key: another column would make keys that
  // nobody asks for.
  void check_key_templates(const std::vector<std::string>& columns) {
    for (const Field& field : actual_.actual) {
      const auto text = reconciler_.actual.options.find(field.key);
      if (!field.scope || field.type != FieldType::kTemplate) continue;
      if (text == reconciler_.actual.options.end()) continue;
      check_key_template("spec.actual." + field.key, text->second, columns);
    }
  }

  void check_key_template(const std::string& path, const std::string& text,
                          const std::vector<std::string>& columns) {
    const std::string wanted = fmt::format("{{{}}}", fmt::join(columns, "}:{"));
    const auto names = Template::parse(text)->placeholders();
    if (names.empty()) return;
    for (const std::string& name : names) {
      if (std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
      return error(path, fmt::format("the placeholder {{{}}} is not the key of the desired side, "
                                     "which is \"{}\"; write {}",
                                     name, fmt::join(columns, "\", \""), wanted));
    }
    if (names.size() >= columns.size()) return;
    error(path, fmt::format("lacks a column of the desired side's key, which is \"{}\"; write {}",
                            fmt::join(columns, "\", \""), wanted));
  }

  void check_copies() {
    if (reconciler_.desired.copies.empty() || (desired_.paths && actual_.paths)) return;
    const std::string& driver = desired_.paths ? actual_.name : desired_.name;
    error("spec.desired.copies",
          fmt::format("is for sides whose things are known by a path, and those of driver \"{}\" "
                      "are not; leave it out",
                      driver));
  }

  // As the actual side would have to list them.
  [[nodiscard]] std::string wanted_things(const std::string& listed) const {
    const auto& folders = reconciler_.desired.copies;
    if (folders.empty()) return listed;
    std::vector<std::string> copies;
    for (const std::string& pattern : lines_of(listed)) {
      for (std::string& copy : copies_of(folders, pattern)) copies.push_back(std::move(copy));
    }
    return fmt::format("{}", fmt::join(copies, "\n"));
  }

  // Both sides say by the same list which things they have: without a common one, all that is
  // desired would be outside of what may be repaired.
  void check_lists() {
    if (desired_.name != actual_.name) return;
    for (const Field& field : actual_.actual) {
      const auto ours = reconciler_.actual.options.find(field.key);
      const auto theirs = reconciler_.desired.options.find(field.key);
      if (!field.scope || field.type != FieldType::kList) continue;
      if (field.key == actual_.key_column) continue;
      if (ours == reconciler_.actual.options.end()) continue;
      if (theirs == reconciler_.desired.options.end()) continue;
      if (any_meet(ours->second, wanted_things(theirs->second))) continue;
      error("spec.actual." + field.key,
            reconciler_.desired.copies.empty()
                ? fmt::format("nothing can be in these and in spec.desired.{} too; both sides call "
                              "a thing by the same name",
                              field.key)
                : fmt::format("no copy can be in these: spec.desired.copies puts what is in "
                              "spec.desired.{} elsewhere",
                              field.key));
    }
  }

  // What only texts with paths in them can have.
  void check_detect() {
    const DetectSettings& detect = reconciler_.detect;
    const bool has_paths =
        detect.format == ContentFormat::kYaml || detect.format == ContentFormat::kJson;
    if (fields_wanted_ && detect.format != ContentFormat::kBytes) {
      error("spec.detect.format",
            "has no effect here: fields are compared one by one, as they are; leave it out, or say "
            "it of one in spec.detect.fields");
    }
    if (!detect.list_keys.empty() && detect.compare == CompareScope::kWhole) {
      error("spec.detect.listKeys", "has no effect without compare: declared; leave it out");
    }
    if (!fields_wanted_ && has_paths) return check_overwritten();
    const std::string why =
        fields_wanted_ ? "has no effect here: fields are compared one by one, and only those in "
                         "spec.detect.fields have paths; "
                       : "has no effect here: only values that are compared as data have paths; ";
    const std::string use_data = "say detect.format: yaml or json, or leave this out";
    if (!detect.ignore.empty()) {
      error("spec.detect.ignore",
            why + (fields_wanted_ ? "write only those that count into spec.actual.fields"
                                  : use_data));
    }
    if (!detect.sets.empty()) {
      error("spec.detect.sets", why + (fields_wanted_ ? "leave it out" : use_data));
    }
    if (detect.compare == CompareScope::kDeclared) {
      error("spec.detect.compare", why + (fields_wanted_ ? "leave it out" : use_data));
    }
  }

  void check_overwritten() {
    if (!overwrites(reconciler_.detect)) return;
    error("spec.detect.ignore",
          fmt::format("a rewrite by driver \"{}\" replaces the whole value and would overwrite the "
                      "ignored paths; use compare: declared, mode: observe, or do not ignore",
                      actual_.name));
  }

  // Whether a rewrite would overwrite what is ignored.
  template <class Content>
  [[nodiscard]] bool overwrites(const Content& content) const {
    const bool rewrites =
        reconciler_.repair.strategy == Strategy::kRewrite && reconciler_.mode != Mode::kObserve;
    return rewrites && !content.ignore.empty() && content.compare == CompareScope::kWhole;
  }

  void check_fields() {
    const auto& fields = reconciler_.detect.fields;
    if (!fields.empty() && !fields_wanted_) {
      return error("spec.detect.fields",
                   "has no effect here: a thing is one value without fields; write format, ignore, "
                   "sets and compare beside it, not in it");
    }
    std::set<std::string> named;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      check_field(fmt::format("spec.detect.fields[{}].", i), fields[i]);
      if (named.insert(fields[i].name).second) continue;
      error(fmt::format("spec.detect.fields[{}].name", i), "stands there twice");
    }
  }

  void check_field(const std::string& path, const FieldContent& field) {
    const auto columns = written_fields();
    if (!columns.empty() &&
        std::find(columns.begin(), columns.end(), field.name) == columns.end()) {
      const std::string hint = config::did_you_mean(field.name, columns);
      error(path + "name",
            fmt::format("nothing is wanted of a field \"{}\"{}", field.name,
                        hint.empty() ? fmt::format("; it is {}", fmt::join(columns, ", ")) : hint));
    }
    const bool data = field.format == ContentFormat::kYaml || field.format == ContentFormat::kJson;
    if (field.format == ContentFormat::kBytes) {
      error(path + "format", "as bytes every field is compared; leave this entry out");
    }
    const bool pathed =
        !field.ignore.empty() || !field.sets.empty() || field.compare == CompareScope::kDeclared;
    if (pathed && !data) {
      error(path + "format", "only yaml and json have paths for ignore, sets and compare");
    }
    if (!field.list_keys.empty() && field.compare == CompareScope::kWhole) {
      error(path + "listKeys", "has no effect without compare: declared; leave it out");
    }
    if (!overwrites(field)) return;
    error(path + "ignore",
          "a rewrite replaces the whole field and would overwrite the ignored paths; use compare: "
          "declared, mode: observe, or do not ignore");
  }

  // The fields of which something is wanted; empty where only a target knows.
  [[nodiscard]] std::vector<std::string> written_fields() const {
    if (reconciler_.actual.fields.empty()) return known_columns();
    std::vector<std::string> names;
    for (const auto& [name, text] : reconciler_.actual.fields) names.push_back(name);
    return names;
  }

  const CheckContext& context_;
  const ReconcilerSettings& reconciler_;
  const DriverFields& desired_;
  const DriverFields& actual_;
  bool columns_there_;  // items of the desired side have columns
  bool fields_wanted_;  // things of the actual side have fields
};

}  // namespace

void check_sides(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const DriverFields* desired = context.driver_of(reconciler.desired.target);
  const DriverFields* actual = context.driver_of(reconciler.actual.target);
  if (desired == nullptr || desired->desired.empty()) return;
  if (actual == nullptr || actual->actual.empty()) return;
  SidesCheck(context, reconciler, *desired, *actual).run();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

}  // namespace sideband::policy
