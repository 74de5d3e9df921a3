#include "drivers/files/feed.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "drivers/files/content.h"
#include "drivers/files/listing.h"
#include "drivers/files/place.h"

namespace sideband {
namespace {

constexpr unsigned kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                             IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR |
                             IN_DONT_FOLLOW;

Error watch_error(int number, const std::string& path) {
  Error error = errno_error(number, "watching folder '" + path + "'");
  if (number == ENOSPC) {
    error = Error::unavailable(error.message + "; raise fs.inotify.max_user_watches");
    error.retry = Retry::kPerson;
  }
  return error;
}

}  // namespace

Result<std::unique_ptr<FilesFeed>> FilesFeed::open(const std::string& root, const GlobSet& globs,
                                                   const Clock& clock, const Settling& settling,
                                                   Links links) {
  Fd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify.valid()) return errno_error(errno, "making an inotify queue");
  SB_ASSIGN(const Fd folder, open_root(root));
  std::unique_ptr<FilesFeed> feed(
      new FilesFeed(std::move(inotify), root, globs, clock, settling, links));
  SB_TRY(feed->watch(""));
  return feed;
}

// A folder that vanished meanwhile needs no watch.
Result<void> FilesFeed::watch(const std::string& prefix) {
  const std::string path = root_ + '/' + prefix;
  // The root's own path may be a link; links below it are not followed.
  const unsigned events = prefix.empty() ? kEvents & ~unsigned{IN_DONT_FOLLOW} : kEvents;
  const int id = inotify_add_watch(inotify_.get(), path.c_str(), events);
  if (id < 0 && !prefix.empty() && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (id < 0) return watch_error(errno, path);
  prefixes_[id] = prefix;
  const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return errno == ENOENT ? Result<void>() : watch_error(errno, path);
  return watch_below(prefix, folder.get());
}

Result<void> FilesFeed::watch_below(const std::string& prefix, int folder) {
  SB_ASSIGN(const auto entries, list_folder(folder, prefix));
  for (const FolderEntry& entry : entries) {
    const std::string path = prefix + entry.name;
    if (entry.folder && globs_.may_match_below(path)) SB_TRY(watch(path + '/'));
  }
  return {};
}

void FilesFeed::note_file(const std::string& path) {
  keys_.add(path);
  if (keys_.scan()) return again_.clear();
  const auto root = open_root(root_);
  if (!root) return;
  const auto place = open_place(root->get(), path, MissingFolders::kFail);
  const Fd file = place ? open_file(place->folder.get(), place->name) : Fd();
  const Duration wait = file.valid() ? settling_.wait(file.get()) : Duration(0);
  if (wait > Duration(0)) again_.insert_or_assign(path, Deadline(clock_, wait));
}

void FilesFeed::take_due() {
  for (auto it = again_.begin(); it != again_.end();) {
    if (!it->second.passed()) {
      ++it;
      continue;
    }
    keys_.add(it->first);
    it = again_.erase(it);
  }
}

int FilesFeed::poll_ms(const Deadline& deadline) const {
  int soonest = deadline.left_ms();
  for (const auto& [path, due] : again_) soonest = std::min(soonest, due.left_ms());
  return soonest;
}

Result<void> FilesFeed::note(int watch_id, unsigned mask, const std::string& name) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    keys_.add_scan();
    return {};
  }
  const auto known = prefixes_.find(watch_id);
  if (known == prefixes_.end()) return {};
  const std::string prefix = known->second;
  if ((mask & IN_IGNORED) != 0) {
    prefixes_.erase(known);
    return {};
  }
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    if (prefix.empty()) return Error::unavailable("root folder '" + root_ + "' went away");
    keys_.add_scan();
    return {};
  }
  const std::string path = prefix + name;
  if ((mask & IN_ISDIR) != 0 && globs_.may_match_below(path)) {
    keys_.add_scan();
    return (mask & (IN_CREATE | IN_MOVED_TO)) != 0 ? watch(path + '/') : Result<void>();
  }
  if (globs_.matches(path) && !is_temp_name(name)) note_file(path);
  if (is_followed(mask, path)) keys_.add_scan();
  return {};
}

bool FilesFeed::is_followed(unsigned mask, const std::string& path) const {
  if (links_ == Links::kLeave || (mask & (IN_CREATE | IN_MOVED_TO)) == 0) return false;
  const auto root = open_root(root_);
  if (!root) return false;
  const auto place = open_place(root->get(), path, MissingFolders::kFail);
  return place.ok() && is_link(place->folder.get(), place->name);
}

Result<void> FilesFeed::take_events() {
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN ? Result<void>() : errno_error(errno, "reading inotify");
    for (ssize_t at = 0; at < got;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      SB_TRY(note(event.wd, event.mask, event.len > 0 ? std::string(name) : std::string()));
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

Result<Wake> FilesFeed::wait(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  SB_TRY(take_events());
  take_due();
  while (!keys_.any() && !deadline.passed()) {
    pollfd wanted{inotify_.get(), POLLIN, 0};
    if (poll(&wanted, 1, poll_ms(deadline)) < 0 && errno != EINTR) {
      return errno_error(errno, "waiting for inotify");
    }
    SB_TRY(take_events());
    take_due();
  }
  return keys_.take();
}

}  // namespace sideband
