#include "drivers/files/collection.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/deadline.h"
#include "drivers/files/links.h"
#include "drivers/files/temp.h"
#include "drivers/judge.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxPaused = 4;

std::string folder_of(const std::string& key) {
  const std::size_t slash = key.rfind('/');
  return slash == std::string::npos ? std::string() : key.substr(0, slash);
}

// Whether the reason of a failure can be that this process may not change the key's folder.
bool lacks_access(int root, const std::string& key) {
  const std::string folder = folder_of(key);
  const char* const path = folder.empty() ? "." : folder.c_str();
  return faccessat(root, path, R_OK | W_OK | X_OK, AT_EACCESS) != 0;
}

bool is_full(const ScanPage& page, std::size_t bytes, const ScanRequest& request) {
  return page.items.size() >= request.max_items || bytes >= request.max_bytes;
}

}  // namespace

FilesCollection::FilesCollection(FilesOptions options, const DriverContext& context)
    : options_(std::move(options)), context_(context) {}

CollectionTraits FilesCollection::traits() const {
  const auto precondition =
      options_.swap.exchange ? PreconditionClass::kCas : PreconditionClass::kChecked;
  CollectionTraits traits{KeyOrder::kBytes, precondition, false, options_.writable, Shape::kBytes};
  traits.max_size = static_cast<std::size_t>(options_.swap.max_size);
  traits.attributes = options_.swap.observed.wanted();
  return traits;
}

Result<std::unique_ptr<Walker>> FilesCollection::resume(const std::string& cursor) {
  {
    const MutexLock lock(mutex_);
    for (auto it = paused_.begin(); it != paused_.end() && !cursor.empty(); ++it) {
      if (it->cursor != cursor) continue;
      auto walker = std::move(it->walker);
      paused_.erase(it);
      return walker;
    }
  }
  SB_ASSIGN(Fd root, options_.root.open());
  const auto links = options_.writable ? Links::kLeave : Links::kFollow;
  return std::make_unique<Walker>(std::move(root), options_.globs, cursor, links);
}

void FilesCollection::pause(const std::string& cursor, std::unique_ptr<Walker> walker) {
  const MutexLock lock(mutex_);
  paused_.push_back({cursor, std::move(walker)});
  if (paused_.size() > kMaxPaused) paused_.pop_front();
}

Result<ScanPage> FilesCollection::scan(const ScanRequest& request) {
  const Deadline deadline(context_.clock, request.timeout);
  SB_ASSIGN(auto walker, resume(request.cursor));
  SB_ASSIGN(const Fd root, options_.root.open());
  ScanPage page;
  std::size_t bytes = 0;
  while (!is_full(page, bytes, request)) {
    if (deadline.passed()) return Error::timeout("scanning " + options_.root.path(), Effect::kNone);
    SB_ASSIGN(const auto candidate, walker->next());
    if (!candidate) {
      page.last = true;
      return page;
    }
    State state = view_key(root.get(), *candidate).state;
    if (state.absent_for_sure()) continue;  // deleted since its folder was listed
    bytes += candidate->key.size() + state.bytes.size();
    page.items.push_back({candidate->key, std::move(state)});
  }
  page.cursor = page.items.back().key;
  pause(page.cursor, std::move(walker));
  return page;
}

// Scans do not ask this: whatever they find is read again before it counts.
State FilesCollection::settled(FileView view) const {
  if (!view.state.present()) return std::move(view.state);
  std::string why = options_.swap.settling.doubt(view.file.get(), context_.clock.wall());
  return why.empty() ? std::move(view.state) : State::unknown(std::move(why));
}

FileView FilesCollection::view_key(int root, const Candidate& at) const {
  if (options_.writable || !is_link(at.folder, at.name)) return view(at.folder, at.name);
  return view_linked(root, at.key, options_.swap.max_size, options_.swap.observed);
}

State FilesCollection::read_one(int root, const std::string& key) const {
  const auto place = open_place(root, key, MissingFolders::kFail);
  if (place) return settled(view_key(root, {key, place->folder.get(), place->name}));
  if (place.error().code == ErrorCode::kNotFound) return State::absent();
  // A link stands in the place of a folder above.
  if (!options_.writable && place.error().code == ErrorCode::kConflict) {
    return settled(view_linked(root, key, options_.swap.max_size, options_.swap.observed));
  }
  return State::unknown(place.error().message);
}

Result<std::vector<Item>> FilesCollection::read(const std::vector<std::string>& keys,
                                                Duration timeout) {
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(const Fd root, options_.root.open());
  std::vector<Item> items;
  items.reserve(keys.size());
  for (const std::string& key : keys) {
    if (deadline.passed())
      return Error::timeout("reading below " + options_.root.path(), Effect::kNone);
    items.push_back({key, read_one(root.get(), key)});
  }
  return items;
}

Result<std::vector<Folder>> FilesCollection::folders(const std::vector<std::string>& patterns,
                                                     Duration timeout) {
  SB_ASSIGN(const Fd root, options_.root.open());
  return folders_.find(root.get(), patterns, Deadline(context_.clock, timeout));
}

bool FilesCollection::replaced() const {
  if (options_.root.replaced()) return true;
  const auto root = options_.root.open();
  return root.ok() && folders_.replaced(root->get());
}

void FilesCollection::clean_once(const Place& place, const std::string& key) {
  {
    const MutexLock lock(mutex_);
    if (!cleaned_.insert(folder_of(key)).second) return;
  }
  remove_leftovers(place.folder.get(), options_.swap.max_size, context_.clock.wall());
}

ChangeOutcome FilesCollection::apply_one(int root, const Change& change) {
  if (auto rejected = reject_unsound(change, Shape::kBytes)) return *rejected;
  if (!options_.globs.matches(change.key)) {
    return failed("the path is not among the files of this collection");
  }
  const auto missing =
      change.op == ChangeOp::kCreate ? MissingFolders::kMake : MissingFolders::kFail;
  const auto place = open_place(root, change.key, missing);
  if (!place) {
    if (place.error().code != ErrorCode::kNotFound) return failed(place.error());
    return judge(change, State::absent()).value_or(failed(place.error().message));
  }
  clean_once(*place, change.key);
  return swap_file(*place, change, options_.swap, context_.random, context_.clock.wall());
}

Result<Fd> FilesCollection::write_candidate(int folder, const std::string& name, const State& want,
                                            const FileView& live) const {
  if (!live.state.present()) {
    return write_new_temp(folder, name, want.bytes, options_.swap.new_mode, want.attributes);
  }
  SB_ASSIGN(const FileAttributes has, read_attributes(live.file.get()));
  SB_ASSIGN(const FileAttributes wanted, with_observed(has, want.attributes));
  return write_temp(folder, name, want.bytes, wanted);
}

Result<std::string> FilesCollection::stage(const Change& change) {
  SB_ASSIGN(const Fd root, options_.root.open());
  std::string folder = folder_of(change.key);
  auto place = open_place(root.get(), change.key, MissingFolders::kFail);
  if (!place.ok() && place.error().code == ErrorCode::kNotFound) {
    folder.clear();
    place = Place{Fd(openat(root.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), change.key};
  }
  if (!place.ok()) return place.error();
  const std::string name = temp_name(change, context_.random, context_.clock.wall());
  const int at = place->folder.get();
  const auto written = write_candidate(at, name, change.want, view(at, place->name));
  const std::string path = options_.root.path() + "/" + (folder.empty() ? "" : folder + "/") + name;
  if (written.ok()) return path;
  SB_TRY(unstage(path));
  return written.error().in("the candidate");
}

Result<void> FilesCollection::unstage(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return errno_error(errno, "removing the candidate");
}

Result<std::vector<ChangeOutcome>> FilesCollection::apply(const ApplyRequest& request) {
  if (!options_.writable) return Error::unsupported("this collection is only read");
  const Deadline deadline(context_.clock, request.timeout);
  SB_ASSIGN(const Fd root, options_.root.open());
  std::vector<ChangeOutcome> outcomes;
  outcomes.reserve(request.changes.size());
  for (const Change& change : request.changes) {
    if (deadline.passed()) {
      outcomes.push_back(failed("the deadline passed before this change; nothing was done"));
      continue;
    }
    outcomes.push_back(apply_one(root.get(), change));
    ChangeOutcome& last = outcomes.back();
    if (last.retry == Retry::kPerson && lacks_access(root.get(), change.key))
      last.detail += "; " + grant_for(options_.root.path());
  }
  return outcomes;
}

}  // namespace sideband
