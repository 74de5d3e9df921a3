#include "checkup/service_config.h"

#include <algorithm>
#include <functional>

#include "checkup/nginx_config.h"
#include "checkup/redis_look.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

using Processes = std::vector<Process>;

std::vector<const Process*> children_of(const Process& process, const Processes& all) {
  std::vector<const Process*> children;
  for (const Process& other : all) {
    if (other.parent == process.pid && other.name == process.name) children.push_back(&other);
  }
  return children;
}

bool has_parent_of_its_kind(const Process& process, const Processes& all) {
  return std::any_of(all.begin(), all.end(), [&](const Process& other) {
    return other.pid == process.parent && other.name == process.name;
  });
}

std::string first_of(const std::vector<std::string>& values, const std::string& fallback) {
  return values.empty() ? fallback : values.front();
}

// systemctl for a unit of that name, else the signal that does the same.
std::string reload_command(const Process& process, const std::string& service,
                           const std::string& signal) {
  const bool own = process.unit.ends_with(".service") && process.unit.starts_with(service);
  if (own) return shell_command({"systemctl", "reload", process.unit});
  return "kill -" + signal + " " + std::to_string(process.pid);
}

ServiceConfig nginx_config(const Process& process, const Processes& all, const Tree& tree) {
  ServiceConfig config;
  config.service = "nginx";
  const auto words = words_of(process.title());
  const std::string main = first_of(flag_values(words, "-c"), "/etc/nginx/nginx.conf");
  auto read = read_nginx_config(tree, main, folder_of(main));
  config.files = std::move(read.files);
  config.gaps = std::move(read.gaps);
  config.repair = reload_command(process, "nginx", "HUP");
  // A reload replaces all workers; old ones end when their last client does, and say so.
  std::optional<WallTime> oldest;
  for (const Process* worker : children_of(process, all)) {
    const std::string title = worker->title();
    const bool current = title.find("worker process") != std::string::npos &&
                         title.find("shutting down") == std::string::npos;
    if (current) oldest = std::min(oldest.value_or(worker->started), worker->started);
  }
  config.loaded = oldest.value_or(process.started);
  return config;
}

ServiceConfig haproxy_config(const Process& process, const Processes& all, const Tree& tree) {
  ServiceConfig config;
  config.service = "haproxy";
  auto named = flag_values(process.words, "-f");
  if (named.empty()) named.emplace_back("/etc/haproxy/haproxy.cfg");
  for (const std::string& path : named) {
    const auto info = tree.info(path);
    const bool folder = info.ok() && info->kind == FileKind::kFolder;
    if (!folder) config.files.push_back(path);
    if (!folder) continue;
    for (const std::string& file : tree.glob(path + "/*.cfg")) config.files.push_back(file);
  }
  config.repair = reload_command(process, "haproxy", "USR2");
  config.loaded = process.started;
  for (const Process* worker : children_of(process, all)) {
    config.loaded = std::max(config.loaded, worker->started);
  }
  return config;
}

ServiceConfig sshd_config(const Process& process, const Tree& tree) {
  ServiceConfig config;
  config.service = "sshd";
  const std::string main =
      first_of(flag_values(words_of(process.title()), "-f"), "/etc/ssh/sshd_config");
  config.files = {main};
  const auto text = tree.read(main, kMaxConfig);
  for (const std::string_view line : lines_of(text.ok() ? *text : "")) {
    const auto words = words_of(line);
    if (words.size() < 2 || (words[0] != "Include" && words[0] != "include")) continue;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string pattern = words[i].starts_with('/') ? words[i] : "/etc/ssh/" + words[i];
      for (const std::string& file : tree.glob(pattern)) config.files.push_back(file);
    }
  }
  config.repair = reload_command(process, "ssh", "HUP");
  // A reload starts the same process anew, which writes its number into this file again.
  config.loaded = process.started;
  if (const auto info = tree.info("/run/sshd.pid"); info.ok()) {
    config.loaded = std::max(config.loaded, info->modified);
  }
  return config;
}

ServiceConfig redis_config(const Process& process, const Deadline& deadline, const Tree& tree) {
  ServiceConfig config;
  config.service = "redis";
  config.loaded = process.started;
  const bool own = process.unit.ends_with(".service") && process.unit.starts_with("redis");
  if (own) config.repair = shell_command({"systemctl", "restart", process.unit});
  const auto place = redis_place_of(process);
  if (!place) return config;
  const Deadline soon = first_answer(deadline);
  auto connection = RedisConnection::open(place->endpoint, soon);
  if (!connection.ok()) {
    config.gaps.push_back({"redis " + place->name, trouble_of(connection.error(), *place)});
    return config;
  }
  const auto answer = (*connection)->call({"INFO", "server"}, soon);
  if (!answer.ok() || is_error(**answer)) {
    config.gaps.push_back({"redis " + place->name, "it does not say what its configuration is"});
    return config;
  }
  const std::string path = info_value(text_of(**answer), "config_file");
  if (path.empty()) return config;
  config.files = {path};
  // CONFIG REWRITE makes the file newer than the start and yet the same as what runs.
  const auto text = tree.read(path, kMaxConfig);
  if (text.ok() && text->find("Generated by CONFIG REWRITE") != std::string::npos) {
    config.reload_shows = false;
  }
  return config;
}

ServiceConfig postgres_config(const Process& process, const Tree& tree) {
  ServiceConfig config;
  config.service = "postgres";
  config.loaded = process.started;
  config.reload_shows = false;
  const std::string data = first_of(flag_values(process.words, "-D"), "");
  std::string main = data.empty() ? "" : data + "/postgresql.conf";
  for (const std::string& setting : flag_values(process.words, "-c")) {
    if (setting.starts_with("config_file=")) main = setting.substr(setting.find('=') + 1);
  }
  if (main.empty()) return config;
  config.files = {main, folder_of(main) + "/pg_hba.conf", folder_of(main) + "/pg_ident.conf"};
  for (const std::string& file : tree.glob(folder_of(main) + "/conf.d/*.conf")) {
    config.files.push_back(file);
  }
  return config;
}

}  // namespace

std::vector<std::string> flag_values(const std::vector<std::string>& words,
                                     const std::string& flag) {
  std::vector<std::string> values;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == flag && i + 1 < words.size()) {
      values.push_back(words[++i]);
    } else if (words[i].starts_with(flag) && words[i].size() > flag.size()) {
      values.push_back(words[i].substr(flag.size()));
    }
  }
  return values;
}

std::optional<ServiceConfig> service_config_of(const Process& process, const Processes& all,
                                               const Tree& tree, const Deadline& deadline) {
  const std::string title = process.title();
  if (process.name == "nginx" && title.find("master process") != std::string::npos) {
    return nginx_config(process, all, tree);
  }
  if (process.name == "sshd" && title.find("[listener]") != std::string::npos) {
    return sshd_config(process, tree);
  }
  if (redis_place_of(process)) return redis_config(process, deadline, tree);
  if (has_parent_of_its_kind(process, all)) return std::nullopt;
  if (process.name == "haproxy") return haproxy_config(process, all, tree);
  if (process.name == "postgres") return postgres_config(process, tree);
  return std::nullopt;
}

}  // namespace sideband::scan
