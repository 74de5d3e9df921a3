#include "support/recording_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <new>

namespace sideband {
namespace {

constexpr std::size_t kSector = 512;

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

// SQLite's file handle: ours in front, the real one behind it.
struct RecordingFile {
  sqlite3_file base;
  std::string* name;  // null for files that are not recorded
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

RecordingFile* mine(sqlite3_file* file) {
  return reinterpret_cast<RecordingFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return mine(file)->real();
}

int do_close(sqlite3_file* file) {
  delete mine(file)->name;
  return real(file)->pMethods->xClose(real(file));
}
int do_read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  const int code = mine(file)->name == nullptr ? SQLITE_OK : RecordingVfs::instance().on_read();
  if (code != SQLITE_OK) return code;
  return real(file)->pMethods->xRead(real(file), to, size, offset);
}
int do_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  if (mine(file)->name != nullptr) {
    const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
    const int code = RecordingVfs::instance().on_write(*mine(file)->name, offset, bytes);
    if (code != SQLITE_OK && RecordingVfs::instance().writes_half()) {
      real(file)->pMethods->xWrite(real(file), from, size / 2, offset);
    }
    if (code != SQLITE_OK) return code;
  }
  return real(file)->pMethods->xWrite(real(file), from, size, offset);
}
int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (mine(file)->name != nullptr) {
    const int code = RecordingVfs::instance().on_truncate(*mine(file)->name, size);
    if (code != SQLITE_OK) return code;
  }
  return real(file)->pMethods->xTruncate(real(file), size);
}
int do_sync(sqlite3_file* file, int) {
  // The files lie in a temporary folder; only the record needs to know of the sync.
  return mine(file)->name == nullptr ? SQLITE_OK
                                     : RecordingVfs::instance().on_sync(*mine(file)->name);
}
int do_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int do_lock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int do_unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int do_reserved(sqlite3_file* file, int* out) {
  return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int do_control(sqlite3_file* file, int op, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), op, argument);
}
int do_sector(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
// None promised: no atomic or ordered writes, no safe append.
int do_characteristics(sqlite3_file*) {
  return 0;
}
int do_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int do_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void do_shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int do_shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods kMethods = {2,
                                     do_close,
                                     do_read,
                                     do_write,
                                     do_truncate,
                                     do_sync,
                                     do_size,
                                     do_lock,
                                     do_unlock,
                                     do_reserved,
                                     do_control,
                                     do_sector,
                                     do_characteristics,
                                     do_shm_map,
                                     do_shm_lock,
                                     do_shm_barrier,
                                     do_shm_unmap,
                                     nullptr,
                                     nullptr};

std::string short_name(const char* path) {
  const std::string name(path);
  return name.substr(name.rfind('/') + 1);
}

int do_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* opened = new (file) RecordingFile{};
  // A new database is made with a rollback journal, before it goes over to the write-ahead log.
  constexpr int kRecorded = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  const bool recorded = (flags & kRecorded) != 0 && name != nullptr;
  if (const int fault = recorded ? RecordingVfs::instance().on_open() : SQLITE_OK;
      fault != SQLITE_OK) {
    return fault;
  }
  const int code = real_vfs()->xOpen(real_vfs(), name, opened->real(), flags, out_flags);
  if (opened->real()->pMethods == nullptr) return code;
  if (recorded) opened->name = new std::string(short_name(name));
  opened->base.pMethods = &kMethods;
  return code;
}

int do_delete(sqlite3_vfs*, const char* name, int sync_folder) {
  RecordingVfs::instance().on_delete(short_name(name));
  return real_vfs()->xDelete(real_vfs(), name, sync_folder);
}

void put(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

// Sectors are where the disk puts them, not where a write begins.
void put_some_sectors(std::string& content, std::size_t offset, std::string_view bytes,
                      Random& random) {
  const double kept = random.fraction();
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min(bytes.size() - at, kSector - (offset + at) % kSector);
    if (random.fraction() < kept) put(content, offset + at, bytes.substr(at, size));
    at += size;
  }
}

}  // namespace

RecordingVfs& RecordingVfs::instance() {
  static RecordingVfs vfs;
  return vfs;
}

RecordingVfs::RecordingVfs() {
  static sqlite3_vfs shim = *real_vfs();
  shim.zName = kName;
  shim.pNext = nullptr;
  shim.szOsFile = static_cast<int>(sizeof(RecordingFile)) + real_vfs()->szOsFile;
  shim.xOpen = do_open;
  shim.xDelete = do_delete;
  sqlite3_vfs_register(&shim, 0);
}

void RecordingVfs::restart(VfsFault fault) {
  const MutexLock lock(mutex_);
  events_.clear();
  fault_ = fault;
  calls_ = 0;
  fired_ = false;
}

void RecordingVfs::mark(std::int64_t label) {
  add({Kind::kMark, "", label, ""});
}

std::size_t RecordingVfs::events() const {
  const MutexLock lock(mutex_);
  return events_.size();
}

std::int64_t RecordingVfs::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

bool RecordingVfs::fault_fired() const {
  const MutexLock lock(mutex_);
  return fired_;
}

void RecordingVfs::add(Event event) {
  const MutexLock lock(mutex_);
  events_.push_back(std::move(event));
}

int RecordingVfs::fault_for(VfsFault::Call call) {
  if (fault_.call != call) return SQLITE_OK;
  ++calls_;
  if (calls_ != fault_.at && !(fault_.sticky && calls_ > fault_.at)) return SQLITE_OK;
  fired_ = true;
  return fault_.code;
}

int RecordingVfs::on_open() {
  const MutexLock lock(mutex_);
  return fault_for(VfsFault::Call::kOpen);
}

int RecordingVfs::on_read() {
  const MutexLock lock(mutex_);
  return fault_for(VfsFault::Call::kRead);
}

bool RecordingVfs::writes_half() const {
  const MutexLock lock(mutex_);
  return fault_.partial;
}

int RecordingVfs::on_write(const std::string& file, std::int64_t offset, std::string_view bytes) {
  const MutexLock lock(mutex_);
  const int code = fault_for(VfsFault::Call::kWrite);
  if (code == SQLITE_OK) events_.push_back({Kind::kWrite, file, offset, std::string(bytes)});
  return code;
}

int RecordingVfs::on_sync(const std::string& file) {
  const MutexLock lock(mutex_);
  const int code = fault_for(VfsFault::Call::kSync);
  if (code == SQLITE_OK) events_.push_back({Kind::kSync, file, 0, ""});
  return code;
}

int RecordingVfs::on_truncate(const std::string& file, std::int64_t size) {
  const MutexLock lock(mutex_);
  const int code = fault_for(VfsFault::Call::kTruncate);
  if (code == SQLITE_OK) events_.push_back({Kind::kTruncate, file, size, ""});
  return code;
}

void RecordingVfs::on_delete(const std::string& file) {
  add({Kind::kDelete, file, 0, ""});
}

RecordingVfs::Image RecordingVfs::image(std::size_t at, Random& random) const {
  const MutexLock lock(mutex_);
  std::map<std::string, std::size_t> last_sync;
  for (std::size_t i = 0; i < at; ++i) {
    if (events_[i].kind == Kind::kSync) last_sync[events_[i].file] = i;
  }
  Image image;
  for (std::size_t i = 0; i < at; ++i) {
    const Event& event = events_[i];
    if (event.kind == Kind::kMark) image.marks.push_back(event.number);
    if (event.kind == Kind::kMark || event.kind == Kind::kSync) continue;
    const auto sync = last_sync.find(event.file);
    const bool durable = sync != last_sync.end() && i < sync->second;
    std::string& content = image.files[event.file];
    const auto number = static_cast<std::size_t>(event.number);
    if (event.kind == Kind::kDelete) image.files.erase(event.file);
    if (event.kind == Kind::kTruncate && (durable || random.fraction() < 0.5)) {
      content.resize(number, '\0');
    }
    if (event.kind != Kind::kWrite) continue;
    if (durable) put(content, number, event.bytes);
    if (!durable) put_some_sectors(content, number, event.bytes, random);
  }
  return image;
}

}  // namespace sideband
