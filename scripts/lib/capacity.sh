# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # common.sh, which sources this, and the scripts set what is read here
# What a stack takes of its account's quotas and of its zones, from its file. common.sh sources this file.

# host_type FILE: the instance type of its hosts; nothing where it has none.
host_type() {
  local type
  case $(hosts_of "$1") in
    one)
      type=$(stack_value "$1" slipway:host instanceType)
      say "${type:-t3.medium}"
      ;;
    fleet)
      type=$(stack_value "$1" slipway:hosts instanceType)
      say "${type:-t3.small}"
      ;;
  esac
}

# host_count FILE: how many there are at most.
host_count() {
  local count=''
  if [[ $(hosts_of "$1") == fleet ]]; then
    count=$(stack_value "$1" slipway:hosts scaling max) || return
    [[ -n $count ]] || count=$(stack_value "$1" slipway:hosts count) || return
  fi
  say "${count:-1}"
}

# network_zones FILE: the letters of its network's zones; nothing where it names none.
network_zones() {
  stack_query "$1" 'setting("slipway:network") | objects | .zones | arrays | map(tostring) | join(" ")'
}

# host_zones FILE: the letters of the zones that its hosts may be in. A single host stands in the first.
host_zones() {
  local found=''
  found=$(network_zones "$1") || return
  if [[ $(hosts_of "$1") == fleet ]]; then
    say "${found:-a b}"
    return
  fi
  [[ -n $found ]] || found=$(stack_value "$1" slipway:network zone) || return
  found=${found:-a}
  say "${found%% *}"
}

# host_addresses FILE: how many Elastic IPs it takes: a host's own, or a NAT gateway's.
host_addresses() {
  local nat zones letters fixed
  nat=$(stack_value "$1" slipway:network nat) || return
  if [[ $(hosts_of "$1") == fleet ]]; then
    nat=${nat:-one}
  else
    nat=${nat:-none}
    if [[ $nat == none ]]; then
      fixed=$(stack_value "$1" slipway:host elasticIp) || return
      if [[ $fixed == false ]]; then say 0; else say 1; fi
      return
    fi
  fi
  letters=$(network_zones "$1") || return
  letters=${letters:-a b}
  read -r -a zones <<<"$letters"
  case $nat in
    none) say 0 ;;
    each) say "${#zones[@]}" ;;
    *) say 1 ;;
  esac
}

# host_balancers FILE: how many load balancers it takes: each fleet one, and a host where it asks for one.
host_balancers() {
  if [[ $(hosts_of "$1") == fleet || $(stack_value "$1" slipway:alb) == true ]]; then say 1; else say 0; fi
}

# check_zones FILE REGION: sets zone_problem where AWS says that a zone of the stack doesn't have its hosts' instance type,
# and zone_unknown to why that can't be asked. AWS itself would say so in the middle of an update.
check_zones() {
  local type offered='' zone zones missing=() places=()
  zone_problem='' zone_unknown=''
  type=$(host_type "$1")
  [[ -n $type ]] || return 0
  if ! patiently offered ec2 describe-instance-type-offerings --region "$2" --location-type availability-zone \
    --filters "Name=instance-type,Values=$type" --query 'InstanceTypeOfferings[].Location' --output text; then
    zone_unknown=${error_text//$'\n'/ }
    return 0
  fi
  [[ $offered != None ]] || offered=''
  read -r -a places <<<"${offered//$'\n'/ }"
  zones=$(host_zones "$1") || return
  for zone in $zones; do
    [[ " ${places[*]} " == *" $2$zone "* ]] || missing+=("$2$zone")
  done
  ((${#missing[@]})) || return 0
  if ((${#places[@]})); then
    mapfile -t places < <(printf '%s\n' "${places[@]}" | sort)
    zone_problem="$type is not offered in ${missing[*]}, and is in ${places[*]}: choose other zones (slipway:network) or another instanceType"
  else
    zone_problem="$type is not offered in $2: choose another instanceType"
  fi
}

# vcpus_of TYPE REGION: as AWS has it, else by its size.
vcpus_of() {
  local found='' size=${1##*.}
  if try_aws found ec2 describe-instance-types --region "$2" --instance-types "$1" --output text \
    --query 'InstanceTypes[0].VCpuInfo.DefaultVCpus' && [[ $found =~ ^[0-9]+$ ]]; then
    say "$found"
    return
  fi
  case $size in
    nano | micro | small | medium | large) say 2 ;;
    xlarge) say 4 ;;
    *xlarge) if [[ ${size%xlarge} =~ ^[0-9]+$ ]]; then say $((${size%xlarge} * 4)); else say 0; fi ;;
    *) say 0 ;;
  esac
}

# quota_of SERVICE CODE REGION: sets quota; nothing, and error_text, where it can't be read. An account that was given no
# other has AWS's default.
quota_of() {
  quota=''
  if ! try_aws quota service-quotas get-service-quota --region "$3" --service-code "$1" --quota-code "$2" \
    --query Quota.Value --output text; then
    [[ $error_code == NoSuchResourceException ]] || {
      quota=''
      return 0
    }
    try_aws quota service-quotas get-aws-default-service-quota --region "$3" --service-code "$1" --quota-code "$2" \
      --query Quota.Value --output text || quota=''
  fi
  quota=${quota%.*}
  [[ $quota =~ ^[0-9]+$ ]] || quota=''
}
