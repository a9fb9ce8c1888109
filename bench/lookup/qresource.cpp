// SPDX-License-Identifier: MIT
// Contender: QResource of Qt 6, from a binary resource file. Queries are QStrings already.
#include <QResource>
#include <QString>
#include <QStringList>
#include <cstring>

#include "contender.h"

namespace {

struct Directory : QResource {
	using QResource::QResource;
	using QResource::children;
};

const QString &text(const struct name *q)
{
	return *static_cast<const QString *>(q->own);
}

bool open_file(const struct name *, size_t, const char *base)
{
	return QResource::registerResource(QString::fromUtf8(base) + QStringLiteral(".qrcb"));
}

const void *prepare(const char *name, size_t n)
{
	return new QString(QStringLiteral(":/") + QString::fromUtf8(name, qsizetype(n)));
}

bool has(const struct name *q)
{
	return QResource(text(q)).isValid();
}

long list(const struct name *dir)
{
	return long(Directory(text(dir)).children().size());
}

long read_whole(const struct name *q, void *to, size_t cap)
{
	QResource r(text(q));

	if (!r.isValid() || size_t(r.uncompressedSize()) > cap)
		return -1;
	if (r.compressionAlgorithm() == QResource::NoCompression) {
		std::memcpy(to, r.data(), size_t(r.size()));
		return long(r.size());
	}
	return long(r.uncompressedData().size()); // a copy of its own, as Qt hands it out
}

}

extern "C" const struct contender by_qresource = {"QResource", open_file, prepare, has, list, read_whole};
