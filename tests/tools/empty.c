/*
 * The yardstick of bench_start: a program that does nothing, linked to the
 * same libraries as paddock.
 */
int
main(void)
{
	return 0;
}
