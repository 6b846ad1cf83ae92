package dev.slipway.core;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Shows of a settings record what hosts read of it: what is marked {@link ForHosts}, as plain maps
 * and lists in the order of names.
 *
 * <p>What isn't given is null, or left out where the mark says so. A record that is {@link Inline}
 * stands among the settings of the record that it is a component of, as in a stack file.
 */
public final class HostView {
  private HostView() {}

  public static Map<String, Object> of(Record record) {
    var view = new TreeMap<String, Object>();
    for (var component : record.getClass().getRecordComponents()) {
      if (component.isAnnotationPresent(Inline.class)) {
        view.putAll(of((Record) called(component.getAccessor(), record)));
      }
    }
    for (var method : record.getClass().getDeclaredMethods()) {
      var mark = method.getAnnotation(ForHosts.class);
      if (mark != null) {
        var name = mark.value().isEmpty() ? method.getName() : mark.value();
        if (view.containsKey(name)) {
          throw new IllegalStateException(
              record.getClass().getName() + " has two things for hosts that are called " + name);
        }
        var value = shown(called(method, record));
        if (value != null || !mark.whenGiven()) {
          view.put(name, value);
        }
      }
    }
    return view;
  }

  private static Object shown(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(HostView::shown).orElse(null);
    }
    if (value instanceof Record record) {
      return of(record);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(HostView::shown).toList();
    }
    if (value instanceof Map<?, ?> map) {
      var view = new TreeMap<String, Object>();
      map.forEach((key, each) -> view.put((String) key, shown(each)));
      return view;
    }
    return value instanceof Enum<?> constant ? constant.toString() : value;
  }

  static Object called(Method method, Record record) {
    try {
      method.setAccessible(true);
      return method.invoke(record);
    } catch (IllegalAccessException failure) {
      throw new IllegalStateException(method.toString(), failure);
    } catch (InvocationTargetException failure) {
      throw new IllegalStateException(method.toString(), failure.getCause());
    }
  }
}
