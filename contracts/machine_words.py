"""Why the machine would not read or write a file, in both languages; what is not listed here stays English."""

from contracts.words import Text

NO_PLAIN_FILE = Text(zh="这是文件夹、管道或设备，不是文件", en="it is a folder, a pipe or a device, not a file")
IN_CHINESE = {
    NO_PLAIN_FILE.en: NO_PLAIN_FILE.zh,
    "No such file or directory": "没有这个文件或文件夹",
    "Permission denied": "没有权限",
    "Operation not permitted": "不允许这样做",
    "Is a directory": "这是文件夹，不是文件",
    "Not a directory": "路径中有一段不是文件夹",
    "File exists": "已经存在",
    "Directory not empty": "文件夹不是空的",
    "No space left on device": "磁盘已满",
    "Disk quota exceeded": "超出磁盘配额",
    "Read-only file system": "文件系统只读",
    "Input/output error": "读写设备出错",
    "Too many levels of symbolic links": "符号链接绕成了圈",
    "File name too long": "名字太长",
    "Too many open files": "打开的文件太多",
    "Device or resource busy": "正被占用",
}


def why_not(error: OSError) -> Text:
    en = error.strerror or type(error).__name__
    return Text(zh=IN_CHINESE.get(en, en), en=en)
