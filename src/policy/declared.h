// What a document wants where only what it says counts. Pure.
#pragma once

#include "policy/document_diff.h"

namespace sideband {

// `found` with all that `desired` says over it: what only `found` has is kept, and so is what
// `options` ignore. A member that is null says nothing. Items of lists belong together by position;
// in `sets` those that are equal do, in `keyed` lists those with the same value of that member.
// Items that belong to none of the other side are kept, those of `desired` are appended.
Document declared_over(const Document& desired, const Document& found, const DiffOptions& options);

}  // namespace sideband
