// Digests of key ranges and of rows, computed by the server.
//
// A range's digest is the sum of its rows' hashes (row_hash.h).
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/sql/source.h"
#include "ports/digests.h"

namespace sideband {

// Immutable; thread-safe.
class PgDigests {
 public:
  // Asks the server whether it hashes as we need it. Without that there are no digests, which is no
  // error.
  static Result<PgDigests> describe(PgConnection& connection, const PgShape& shape,
                                    const Deadline& deadline);

  // Names columns, forms, encoding and the server's hash; empty = no digests.
  [[nodiscard]] const std::string& name() const { return name_; }

  // As the Collection's functions. One statement for all ranges, and up to three that only ask the
  // planner.
  Result<std::vector<RangeDigest>> ranges(PgConnection& connection, const PgShape& shape,
                                          const DigestRequest& request,
                                          const Deadline& deadline) const;
  Result<std::vector<Item>> items(PgConnection& connection, const PgShape& shape,
                                  const DigestRequest& request, const Deadline& deadline) const;
  Result<std::vector<std::vector<std::string>>> split(PgConnection& connection,
                                                      const PgShape& shape,
                                                      const SplitRequest& request,
                                                      const Deadline& deadline) const;

 private:
  std::string name_;
  std::string hash_;  // of a row of q; the seed is $1
};

}  // namespace sideband
