#include "cel/overload.h"

namespace sideband::cel {

bool takes(char letter, Kind kind) {
  switch (letter) {
    case 'n':
      return kind == Kind::kNull;
    case 'b':
      return kind == Kind::kBool;
    case 'i':
      return kind == Kind::kInt;
    case 'u':
      return kind == Kind::kUint;
    case 'd':
      return kind == Kind::kDouble;
    case 's':
      return kind == Kind::kString;
    case 'y':
      return kind == Kind::kBytes;
    case 'l':
      return kind == Kind::kList;
    case 'm':
      return kind == Kind::kMap;
    case 't':
      return kind == Kind::kTimestamp;
    case 'D':
      return kind == Kind::kDuration;
    case 'T':
      return kind == Kind::kType;
    case 'o':
      return kind == Kind::kOptional;
    default:
      return letter == '*';
  }
}

}  // namespace sideband::cel
