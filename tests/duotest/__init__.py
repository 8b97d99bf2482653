# SPDX-License-Identifier: MIT
"""What the tests in Python share: boards, lines, clients at the other end, files to send."""
