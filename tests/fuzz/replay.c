// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays files through a fuzz target where there is no libFuzzer: each file
 * and each file of each directory named, once. Prints how many they were.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned int replayed;

static void replay_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "r");
	u8 *data = malloc(size);

	if (!f || (size && !data) || fread(data, 1, size, f) != size) {
		fprintf(stderr, "%s: %m\n", path);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
}

static void replay(const char *path)
{
	struct dirent *entry;
	struct stat st;
	char name[4096];
	DIR *dir;

	if (stat(path, &st)) {
		fprintf(stderr, "%s: %m\n", path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path, st.st_size);
		return;
	}
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		replay(name);
	}
	if (dir)
		closedir(dir);
}

int main(int argc, char **argv)
{
	int i;

	/* What libFuzzer is told with a dash is not for us. */
	for (i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			replay(argv[i]);
	printf("%u files\n", replayed);
	return replayed ? 0 : 1;
}
