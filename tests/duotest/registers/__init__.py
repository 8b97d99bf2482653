# SPDX-License-Identifier: MIT
"""Facts about registers from two sources, and where these are wrong."""
