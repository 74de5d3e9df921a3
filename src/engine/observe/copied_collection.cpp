#include "engine/observe/copied_collection.h"

#include <algorithm>
#include <map>

namespace sideband {
namespace {

// Of the time of a call, for the question which folders there are.
constexpr int kFolderShare = 4;

using Folders = std::vector<Folder>;

// What the keys below a folder begin with.
std::string prefix_of(const Folder& folder) {
  return folder.path + "/";
}

// The folder below which a key is; `folders` are sorted, and none is below another.
Folders::const_iterator owner_of(const Folders& folders, const std::string& key) {
  auto behind = std::upper_bound(
      folders.begin(), folders.end(), key,
      [](const std::string& asked, const Folder& one) { return asked < prefix_of(one); });
  if (behind == folders.begin()) return folders.end();
  --behind;
  return key.starts_with(prefix_of(*behind)) ? behind : folders.end();
}

State copied(const State& original, const Folder& folder) {
  if (folder.why.empty() || original.absent_for_sure()) return original;
  return State::unknown(folder.why);
}

// A cursor: the folder, a NUL, which no path has, and the original's cursor.
struct Position {
  std::string folder;
  std::string within;
};

std::string to_cursor(const Position& at) {
  return at.folder + '\0' + at.within;
}

Position from_cursor(const std::string& cursor) {
  const std::size_t nul = cursor.find('\0');
  if (nul == std::string::npos) return {};
  return {cursor.substr(0, nul), cursor.substr(nul + 1)};
}

}  // namespace

CollectionTraits CopiedCollection::traits() const {
  CollectionTraits traits = original_->traits();
  traits.digest.clear();
  traits.raw.clear();
  traits.position = traits.changed = traits.changes_all = traits.log = traits.writable = false;
  return traits;
}

Result<std::vector<Folder>> CopiedCollection::folders_now(Duration timeout) {
  SB_ASSIGN(Folders found, actual_.folders(patterns_, timeout / kFolderShare));
  std::sort(found.begin(), found.end(),
            [](const Folder& a, const Folder& b) { return prefix_of(a) < prefix_of(b); });
  const auto same = [](const Folder& a, const Folder& b) { return a.path == b.path; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (!found[i].path.starts_with(prefix_of(found[i - 1]))) continue;
    return Error::invalid("desired.copies: the folder '" + found[i].path + "' lies below '" +
                          found[i - 1].path + "', so that one file would have two origins");
  }
  return found;
}

Result<ScanPage> CopiedCollection::scan(const ScanRequest& request) {
  SB_ASSIGN(const Folders folders, folders_now(request.timeout));
  const Position at = from_cursor(request.cursor);
  const std::string from = request.cursor.empty() ? "" : at.folder + "/";
  auto folder = std::lower_bound(
      folders.begin(), folders.end(), from,
      [](const Folder& one, const std::string& least) { return prefix_of(one) < least; });
  ScanPage page;
  page.last = folder == folders.end();
  if (page.last) return page;
  ScanRequest part = request;
  part.cursor = folder->path == at.folder ? at.within : "";
  part.timeout = request.timeout - request.timeout / kFolderShare;
  SB_ASSIGN(ScanPage original, original_->scan(part));
  for (Item& item : original.items) {
    page.items.push_back({prefix_of(*folder) + item.key, copied(item.state, *folder)});
  }
  if (!original.last) {
    page.cursor = to_cursor({folder->path, original.cursor});
  } else if (++folder == folders.end()) {
    page.last = true;
  } else {
    page.cursor = to_cursor({folder->path, ""});
  }
  return page;
}

Result<std::vector<Item>> CopiedCollection::read(const std::vector<std::string>& keys,
                                                 Duration timeout) {
  SB_ASSIGN(const Folders folders, folders_now(timeout));
  std::map<std::string, State> originals;
  std::vector<std::string> asked;
  const auto within = [](const std::string& key, const Folder& folder) {
    return key.substr(prefix_of(folder).size());
  };
  for (const std::string& key : keys) {
    const auto owner = owner_of(folders, key);
    if (owner == folders.end() || !originals.emplace(within(key, *owner), State()).second) continue;
    asked.push_back(within(key, *owner));
  }
  SB_ASSIGN(std::vector<Item> found, original_->read(asked, timeout - timeout / kFolderShare));
  for (Item& item : found) originals[item.key] = std::move(item.state);
  std::vector<Item> items;
  items.reserve(keys.size());
  for (const std::string& key : keys) {
    const auto owner = owner_of(folders, key);
    const bool wanted = owner != folders.end();
    items.push_back(
        {key, wanted ? copied(originals[within(key, *owner)], *owner) : State::absent()});
  }
  return items;
}

Result<std::vector<ChangeOutcome>> CopiedCollection::apply(const ApplyRequest& /*request*/) {
  return Error::unsupported("the desired side is only read");
}

}  // namespace sideband
