#include "cli/diff_files.h"

#include <fmt/format.h>

#include <ostream>

#include "config/field_types.h"
#include "config/typed_document.h"
#include "policy/declared.h"
#include "settings/load.h"

namespace sideband::cli {
namespace {

constexpr int kEqual = 0;
constexpr int kDiffer = 1;
constexpr int kTrouble = 2;

// Several documents of one file count as a list.
Result<Document> read_document(const std::string& path) {
  SB_ASSIGN(const std::string text, policy::read_text_file(path));
  if (path.ends_with(".json")) {
    auto document = parse_json(text);
    if (!document.ok()) return document.error().in(path);
    return document;
  }
  SB_ASSIGN(std::vector<Document> documents, config::parse_yaml_documents(path, text));
  if (documents.size() == 1) return std::move(documents.front());
  return documents.empty() ? Document::null() : Document::list(std::move(documents));
}

Result<void> check_pointers(const std::vector<std::string>& pointers) {
  for (const std::string& pointer : pointers) {
    if (pointer.empty()) continue;  // the whole document
    SB_TRY(config::check_scalar(config::FieldType::kPointer, pointer));
  }
  return {};
}

std::string line_of(const Difference& difference, bool color) {
  const std::string pointer = difference.pointer.empty() ? "/" : difference.pointer;
  const std::string before = to_json(difference.before);
  const std::string after = to_json(difference.after);
  std::string text;
  int code = 33;
  switch (difference.kind) {
    case Difference::Kind::kAdded:
      text = fmt::format("+ {}: {}", pointer, after);
      code = 32;
      break;
    case Difference::Kind::kRemoved:
      text = fmt::format("- {}: {}", pointer, before);
      code = 31;
      break;
    case Difference::Kind::kChanged:
      text = fmt::format("~ {}: {} -> {}", pointer, before, after);
      break;
  }
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

std::string summary(const std::vector<Difference>& differences) {
  std::size_t added = 0;
  std::size_t removed = 0;
  for (const Difference& difference : differences) {
    added += difference.kind == Difference::Kind::kAdded ? 1 : 0;
    removed += difference.kind == Difference::Kind::kRemoved ? 1 : 0;
  }
  return fmt::format("{} difference{}: {} added, {} removed, {} changed", differences.size(),
                     differences.size() == 1 ? "" : "s", added, removed,
                     differences.size() - added - removed);
}

int report(const Error& error, std::ostream& err) {
  std::string text = error.message;
  if (text.ends_with('\n')) text.pop_back();
  const bool rendered = text.find(": error: ") != std::string::npos;
  err << (rendered ? "" : "error: ") << text << '\n';
  return kTrouble;
}

}  // namespace

int diff_files_command(const FilesToDiff& files, std::ostream& out, std::ostream& err, bool color) {
  std::vector<std::string> keyed;
  for (const KeyedList& list : files.options.keyed) keyed.push_back(list.path);
  for (const auto& pointers : {files.options.ignore, files.options.sets, keyed}) {
    if (const auto good = check_pointers(pointers); !good.ok()) return report(good.error(), err);
  }
  const auto before = read_document(files.a);
  const auto after = read_document(files.b);
  if (!before.ok()) report(before.error(), err);
  if (!after.ok()) report(after.error(), err);
  if (!before.ok() || !after.ok()) return kTrouble;
  const auto differences =
      diff_documents(files.declared ? declared_over(*before, *after, files.options) : *before,
                     *after, files.options);
  for (const Difference& difference : differences) out << line_of(difference, color) << '\n';
  err << (differences.empty() ? "equal" : summary(differences)) << '\n';
  return differences.empty() ? kEqual : kDiffer;
}

}  // namespace sideband::cli
