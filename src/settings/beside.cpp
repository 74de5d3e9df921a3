#include "settings/beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/yaml.h"
#include "settings/load.h"

namespace sideband::policy {
namespace {

namespace fs = std::filesystem;

// Of every version: what an older or newer binary would read is configuration too.
constexpr std::string_view kOurGroup = "resolved.sideband/";

std::string scalar_at(const config::Node& node, std::string_view key) {
  const config::Node* value = node.find(key);
  return value == nullptr ? std::string() : value->text;
}

// The kinds of the documents of ours in a text; of a broken one what can be told.
std::vector<std::string> kinds_in(const std::string& text) {
  std::vector<std::string> kinds;
  if (text.find(kOurGroup) == std::string::npos) return kinds;
  config::Messages unused;
  for (const config::Node& node : config::parse_yaml(unused.add_source("", text), unused)) {
    if (scalar_at(node, "apiVersion").starts_with(kOurGroup)) {
      kinds.push_back(scalar_at(node, "kind"));
    }
  }
  const bool may_be_guardrails = text.find("Guardrails") != std::string::npos;
  if (unused.errors() > 0) kinds.emplace_back(may_be_guardrails ? "Guardrails" : "");
  return kinds;
}

std::string folder_of(const std::string& file) {
  const fs::path folder = fs::path(file).parent_path();
  return folder.empty() ? "." : folder.string();
}

// Whether `file` is one of these, or lies right in one of them.
bool is_among(const std::string& file, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    std::error_code failed;
    return fs::equivalent(file, path, failed) || fs::equivalent(folder_of(file), path, failed);
  });
}

Result<void> check_folder(const std::string& folder) {
  for (const std::string& file : yaml_files(folder)) {
    if (fs::path(file).filename() == "sideband.yaml") continue;
    SB_ASSIGN(const std::string text, read_text_file(file));
    if (kinds_in(text).empty()) continue;
    return Error::invalid(
        fmt::format("{}: is configuration, but not read, because its folder has a sideband.yaml; "
                    "move it to {}/conf.d/, or give sideband.yaml another name: then all *.yaml "
                    "of the folder are read",
                    file, folder));
  }
  return {};
}

// Files of others may lie there too, and need not be readable.
Result<void> check_file(const std::string& path, const std::vector<std::string>& also_read) {
  for (const std::string& file : yaml_files(folder_of(path))) {
    if (is_among(file, also_read) || is_among(file, {path})) continue;
    const auto text = read_text_file(file);
    if (!text.ok()) continue;
    const std::vector<std::string> kinds = kinds_in(*text);
    if (std::find(kinds.begin(), kinds.end(), "Guardrails") == kinds.end()) continue;
    return Error::invalid(
        fmt::format("{}: holds Guardrails, which would not hold for {} alone; give the folder {} "
                    "instead, or put them into {}",
                    file, path, folder_of(path), path));
  }
  return {};
}

}  // namespace

std::vector<std::string> yaml_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& path = at->path();
    const bool hidden = path.filename().string().starts_with('.');
    const bool yaml = path.extension() == ".yaml" || path.extension() == ".yml";
    if (yaml && !hidden) files.push_back(path.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> check_beside(const std::string& path, const std::vector<std::string>& also_read) {
  std::error_code failed;
  if (fs::is_regular_file(path, failed)) return check_file(path, also_read);
  if (fs::exists(fs::path(path) / "sideband.yaml", failed)) return check_folder(path);
  return {};
}

}  // namespace sideband::policy
