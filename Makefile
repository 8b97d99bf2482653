.PHONY: build
build:
	cmake --preset host && cmake --build --preset host
