#include "base/file_id.h"

#include <sys/stat.h>

namespace sideband {

FileId file_id(const std::string& path, Links links) {
  struct stat found {};
  const auto look = links == Links::kFollow ? &::stat : &::lstat;
  if (look(path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

}  // namespace sideband
