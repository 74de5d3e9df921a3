#include "cli/contexts.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "audit/durable_file.h"
#include "base/jcs.h"
#include "base/near_word.h"
#include "base/read_file.h"
#include "model/document.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

std::string text_of(const Document& object, const std::string& key) {
  const auto found = object.members.find(key);
  return found == object.members.end() ? "" : found->second.text;
}

JsonObject as_json(const ServerContext& context) {
  return JsonObject()
      .add("server", context.server)
      .add("ca", context.ca)
      .add("tokenFile", context.token_file)
      .add("clientCert", context.certificate)
      .add("clientKey", context.key);
}

}  // namespace

Result<ServerContext> Contexts::find(const std::string& name) const {
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [one, context] : known) names.push_back(one);
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = "; sideband context ls shows those that there are";
  return Error::not_found("there is no context \"" + name + '"' + hint);
}

std::string contexts_path() {
  const char* const config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && config[0] == '/') return std::string(config) + "/sideband/contexts.json";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') return "";
  return std::string(home) + "/.config/sideband/contexts.json";
}

Result<Contexts> load_contexts(const std::string& path) {
  Contexts contexts;
  const auto text = path.empty() ? Error::not_found("") : read_regular_file(path, kMaxFile);
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return contexts;
  if (!text.ok()) return text.error();
  const auto read = parse_json(*text);
  const bool object = read.ok() && read->kind == Document::Kind::kMap;
  if (!object) return Error::invalid(path + " is no file of contexts; move it away");
  contexts.current = text_of(*read, "current");
  const auto known = read->members.find("contexts");
  if (known == read->members.end()) return contexts;
  for (const auto& [name, one] : known->second.members) {
    contexts.known[name] = {text_of(one, "server"), text_of(one, "ca"), text_of(one, "tokenFile"),
                            text_of(one, "clientCert"), text_of(one, "clientKey")};
  }
  return contexts;
}

Result<void> save_contexts(const std::string& path, const Contexts& contexts) {
  if (path.empty()) return Error::invalid("neither HOME nor XDG_CONFIG_HOME says where to keep it");
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (std::filesystem::create_directories(folder, failed)) ::chmod(folder.c_str(), 0700);
  if (failed) return Error::permission(folder.string() + ": " + failed.message());
  JsonObject known;
  for (const auto& [name, context] : contexts.known) known.add_object(name, as_json(context));
  const std::string text =
      JsonObject().add("current", contexts.current).add_object("contexts", known).text();
  return write_durably(path, text + "\n");
}

}  // namespace sideband::cli
