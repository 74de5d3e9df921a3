#include "secrets/resolve.h"

#include <sys/stat.h>

#include <cstdlib>

#include "base/read_file.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxCredential = 1U << 20U;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Result<std::string> from_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return Error::invalid("the environment variable " + name + " is not set");
  return std::string(value);
}

Result<std::string> from_file(const std::string& path) {
  struct stat seen {};
  if (::stat(path.c_str(), &seen) == 0 && (seen.st_mode & S_IWOTH) != 0) {
    return Error::invalid("the credential file " + path +
                          " can be written by anybody; run: chmod o-w " + path);
  }
  auto value = read_regular_file(path, kMaxCredential);
  if (!value.ok()) return Error::invalid("its credential: " + value.error().message);
  if (value->ends_with('\n')) value->pop_back();
  return value;
}

// Puts the value where the driver reads it.
Result<void> resolve_one(const std::string& key, const std::string& value,
                         DriverOptions& resolved) {
  if (ends_with(key, ".env")) {
    SB_ASSIGN(resolved[key.substr(0, key.size() - 4)], from_environment(value));
  } else if (ends_with(key, ".file")) {
    SB_ASSIGN(resolved[key.substr(0, key.size() - 5)], from_file(value));
  } else {
    resolved[key] = value;
  }
  return {};
}

}  // namespace

void resolve_secrets(Settings& settings) {
  for (auto& [name, target] : settings.targets) {
    DriverOptions resolved;
    for (const auto& [key, value] : target.connect) {
      const auto done = resolve_one(key, value, resolved);
      if (!done.ok()) target.lacks = done.error().message;
    }
    target.connect = std::move(resolved);
  }
}

config::Messages warnings_of_lacking(const Settings& settings) {
  config::Messages messages;
  for (const auto& [name, target] : settings.targets) {
    if (target.lacks.empty()) continue;
    config::Span whole;
    whole.file = messages.add_source("target " + name, "");
    messages.warning(whole, "spec", target.lacks + "; what needs this target is failing", name);
  }
  return messages;
}

}  // namespace sideband
