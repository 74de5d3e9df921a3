#include "settings/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "config/yaml.h"
#include "settings/beside.h"

namespace sideband::policy {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_at(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path.string()};
  if (!fs::exists(path / "sideband.yaml", failed)) return yaml_files(path.string());
  std::vector<std::string> files = {(path / "sideband.yaml").string()};
  for (std::string& file : yaml_files((path / "conf.d").string())) files.push_back(std::move(file));
  return files;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  std::error_code failed;
  if (!fs::exists(path, failed)) {
    return Error::not_found(fmt::format("{}: there is no such file or folder", path));
  }
  if (!fs::is_regular_file(path, failed)) {
    return Error::invalid(fmt::format("{}: is not a regular file", path));
  }
  const std::uintmax_t size = fs::file_size(path, failed);
  if (!failed && size > config::kMaxFileBytes) {
    return Error::invalid(
        fmt::format("{}: has {} bytes; the limit is {}", path, size, config::kMaxFileBytes));
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(config::kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) {
    return Error{ErrorCode::kPermission, fmt::format("{}: cannot be read", path), Retry::kPerson};
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Result<std::vector<SourceText>> read_sources(const std::string& path,
                                             const std::vector<std::string>& also_read) {
  SB_TRY(check_beside(path, also_read));
  std::vector<SourceText> sources;
  for (const std::string& file : files_at(path)) {
    SB_ASSIGN(std::string text, read_text_file(file));
    sources.push_back({file, std::move(text)});
  }
  if (sources.empty()) {
    return Error::not_found(fmt::format(
        "{}: no configuration in this folder; expected sideband.yaml, or any *.yaml file", path));
  }
  return sources;
}

}  // namespace sideband::policy
