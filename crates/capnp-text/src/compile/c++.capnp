@0xbdf87d7bb8304e81;

annotation namespace(file): Text;
annotation name(field, enumerant, struct, enum, interface, method, param, group, union): Text;
annotation allowCancellation(interface, method, file) :Void;
