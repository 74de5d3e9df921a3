// An SQLite VFS that remembers every write and sync, to build the files that a power cut may leave.
//
// Model: what was written before a file's last sync is on the disk; of later writes each sector of
// 512 bytes is there or not, independently of order. Names of files are always durable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"

namespace sideband {

// What the n-th call does instead of its work.
struct VfsFault {
  enum class Call : std::uint8_t { kNone, kOpen, kRead, kWrite, kSync, kTruncate };
  Call call = Call::kNone;
  std::int64_t at = 0;   // the first call is 1
  int code = 0;          // SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC ...
  bool sticky = false;   // all later ones too
  bool partial = false;  // of a write: half of it is carried out before it fails
};

// The one recording VFS of a process, registered as "recording". Thread-safe.
class RecordingVfs {
 public:
  static RecordingVfs& instance();
  static constexpr const char* kName = "recording";

  // Forgets what was recorded and sets the next fault.
  void restart(VfsFault fault = {});
  // Puts a mark into the record; `label` is the test's business.
  void mark(std::int64_t label);
  [[nodiscard]] std::size_t events() const;
  [[nodiscard]] bool fault_fired() const;
  // Calls of the fault's kind since the last restart.
  [[nodiscard]] std::int64_t calls() const;

  struct Image {
    std::map<std::string, std::string> files;  // by the end of their path: "sideband.db-wal"
    std::vector<std::int64_t> marks;           // set before the crash
  };
  // What may be there when the power goes right after event `at`.
  [[nodiscard]] Image image(std::size_t at, Random& random) const;

  // Called by the VFS. A code other than SQLITE_OK is returned instead of doing the work.
  int on_open();
  int on_read();
  int on_write(const std::string& file, std::int64_t offset, std::string_view bytes);
  int on_sync(const std::string& file);
  int on_truncate(const std::string& file, std::int64_t size);
  [[nodiscard]] bool writes_half() const;
  void on_delete(const std::string& file);

 private:
  enum class Kind : std::uint8_t { kWrite, kSync, kTruncate, kDelete, kMark };
  struct Event {
    Kind kind;
    std::string file;
    std::int64_t number;  // offset, size or label
    std::string bytes;
  };
  RecordingVfs();
  int fault_for(VfsFault::Call call) SB_REQUIRES(mutex_);
  void add(Event event) SB_EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::vector<Event> events_ SB_GUARDED_BY(mutex_);
  VfsFault fault_ SB_GUARDED_BY(mutex_);
  std::int64_t calls_ SB_GUARDED_BY(mutex_) = 0;
  bool fired_ SB_GUARDED_BY(mutex_) = false;
};

}  // namespace sideband
