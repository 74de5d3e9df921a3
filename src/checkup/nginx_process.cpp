#include "checkup/nginx_process.h"

#include "checkup/service_config.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

// A build of the sources has everything below one folder, and its program in `sbin` there.
bool is_of_distribution(const std::string& binary) {
  return binary.empty() || binary.starts_with("/usr/sbin/") || binary.starts_with("/usr/bin/");
}

}  // namespace

bool is_nginx_master(const Process& process, const std::vector<Process>& all) {
  return process.name == "nginx" && !is_child_of_its_kind(process, all) &&
         process.title().find("master process") != std::string::npos;
}

std::string nginx_main_file(const Process& master) {
  const auto words = words_of(master.title());
  const auto files = flag_values(words, "-c"), prefixes = flag_values(words, "-p");
  const bool packaged = is_of_distribution(master.binary);
  const std::string built_in = packaged ? "/usr/share/nginx" : folder_of(folder_of(master.binary));
  const std::string prefix =
      prefixes.empty() ? built_in : absolute_path(prefixes.back(), master.folder);
  if (!files.empty()) return absolute_path(files.back(), prefix);
  return packaged ? kUsualNginxConfig : absolute_path("conf/nginx.conf", prefix);
}

}  // namespace sideband::scan
