// SPDX-License-Identifier: MIT
// Start-up: resources of Qt linked in by its two passes.
#include <QResource>
#include <QString>

int qInitResources_files();

int main(int argc, char **argv)
{
	qInitResources_files();
	QResource r(QStringLiteral(":/") + QString::fromUtf8(argc > 1 ? argv[1] : ""));

	return r.isValid() ? *static_cast<const volatile uchar *>(r.data()) & 0 : 1;
}
