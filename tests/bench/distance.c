/* SPDX-License-Identifier: MIT
 * bench: how far two CPUs are from each other: bench_distance [A B] prints the nanoseconds in which a cache line crosses from A to B, the median of 21 short games of
 * ping-pong. Virtual cores move: scripts/bench-peers asks in every round. Without A and B: the first two CPUs that this process may use. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { GAMES = 21, TURNS = 2000 };

static _Alignas(64) _Atomic uint32_t ball;
static int cpu_b;

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* Odd numbers are B's to answer. */
static void play(uint32_t mine)
{
    for (uint32_t i = mine; i < 2 * TURNS * GAMES; i += 2) {
        while (atomic_load_explicit(&ball, memory_order_acquire) != i)
            ;
        atomic_store_explicit(&ball, i + 1, memory_order_release);
    }
}

static void *other(void *arg)
{
    (void)arg;
    pin(cpu_b);
    play(1);
    return NULL;
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    cpu_set_t set;
    int cpu[2] = {-1, -1}, n = 0;
    double game[GAMES];
    pthread_t id;
    sched_getaffinity(0, sizeof set, &set);
    for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
        if (CPU_ISSET(i, &set))
            cpu[n++] = i;
    if (argc == 3)
        cpu[0] = atoi(argv[1]), cpu[1] = atoi(argv[2]);
    if (cpu[1] < 0) {
        printf("-\n");
        return 0;
    }
    cpu_b = cpu[1];
    pin(cpu[0]);
    if (pthread_create(&id, NULL, other, NULL))
        return 1;
    for (int g = 0; g < GAMES; g++) {
        const double start = now_ns();
        for (uint32_t t = 0; t < TURNS; t++) {
            const uint32_t i = 2 * ((uint32_t)g * TURNS + t);
            while (atomic_load_explicit(&ball, memory_order_acquire) != i)
                ;
            atomic_store_explicit(&ball, i + 1, memory_order_release);
        }
        game[g] = (now_ns() - start) / (2 * TURNS);
    }
    pthread_join(id, NULL);
    qsort(game, GAMES, sizeof *game, by_value);
    printf("%.0f\n", game[GAMES / 2]);
    return 0;
}
