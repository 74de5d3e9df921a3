// Reads the records of an exported log, many at a time, with the leaf hash of each; where there is
// a second core, on a thread of its own and ahead of whoever checks them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bounded_queue.h"
#include "base/sha256.h"
#include "base/thread.h"

namespace sideband {

// Records that follow each other in the file, without their newlines.
struct LeafBatch {
  std::vector<std::string_view> records;  // within `bytes`
  std::vector<Digest> hashes;             // of the records
  std::string bytes;                      // grows, and is never cleared
};

enum class ReadAhead : std::uint8_t {
  kWhereCoresAre,  // a second thread where this process may use a second core
  kNever,
  kAlways
};

// Used by one thread. Memory: three batches of some 256 KiB, or of one line of the longest length.
class LeafBatches {
 public:
  LeafBatches(const std::string& path, std::size_t max_line, ReadAhead ahead);
  ~LeafBatches();

  [[nodiscard]] bool open() const { return file_ != nullptr; }
  // The next batch, valid until the next call; null at the end or at damage.
  const LeafBatch* next();
  // Once next() was null: the file ended within a line, a line was longer than the limit, or the
  // file could not be read on.
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  using BatchPtr = std::unique_ptr<LeafBatch>;
  void run();
  bool fill(LeafBatch& batch);
  void cut(LeafBatch& batch, std::string_view left);

  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  const std::size_t max_line_;
  // Of whoever fills: the thread while it runs, and after its end whoever joined it.
  std::string rest_;  // read behind the last whole line
  bool damaged_ = false;

  BatchPtr current_;
  BoundedQueue<BatchPtr> empty_;
  BoundedQueue<BatchPtr> full_;
  Thread thread_;  // last: the others are there while it runs
  bool ahead_ = false;
};

}  // namespace sideband
